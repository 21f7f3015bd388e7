"""Trains one encoder: an arm, a seed."""

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.cohort.painted import Painted
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.manifests.translators import GateManifest
from pipeline.core.seeds import derive
from pipeline.core.train.batches import Batches
from pipeline.core.train.distribution import Placement
from pipeline.core.train.rank import is_first
from pipeline.core.train.run import train_and_export
from pipeline.pretrain.card import encoder_card
from pipeline.pretrain.objective import Objective, Settings
from pipeline.pretrain.samples import read_samples, steps_of
from pipeline.pretrain.sources import primary_encoder


def train_encoder(job: Job, *, placement: Placement | None = None) -> EncoderManifest:
    """Trains the primary encoder and exports it alone.

    The seed depends on the study and the repeat, not on the arm: the arms of a repeat with one kind of encoder start
    from the same weights. All that train take the same number of steps, but for those whose ``length`` is that of their
    own epochs.

    Args:
        job: Reads the cohort and, where the arm needs them, the gate of the translator that makes its view, a table of
            ``vectors``, a file of ``captions``, the encoders that are its ``teacher`` and its ``start``, and the
            ``painted`` cohorts; its code names the ``objective``, the ``encoder`` and, where the arm has them, the
            ``loss``, the ``task`` and what reads ``vectors`` and ``captions``.
        placement: Devices and machines; by default what started the process says, else one device.
    """
    spec, (name, repeat) = job.spec, job.key
    cohort = Cohort.read(job.inputs["cohort"])
    gate = GateManifest.read(job.inputs["gate"]) if "gate" in job.inputs else None
    task = job.load("task")(spec["task"]) if "task" in job.code else None
    vectors = job.load("vectors")(job.inputs["vectors"]) if "vectors" in job.code else None
    captions = job.load("captions")(spec, job.inputs.get("captions")) if "captions" in job.code else None
    painted = {name: Painted.read(path) for name, path in sorted(job.groups.get("painted", {}).items())}
    samples = read_samples(cohort, spec, gate, task, vectors, captions, painted)
    cohort.forbid_test(samples.patients, str(job.manifest))
    settings = Settings.of(spec)
    objective: type[Objective] = job.load("objective")
    seed = derive(spec["seed"], "pretrain", repeat)
    steps = steps_of(samples, spec) if objective.trains else 0

    def build() -> Objective:
        encoder = primary_encoder(job, samples.colours["image"])  # first: all arms draw the same weights
        return objective.make(encoder, settings, samples, job)

    trained = train_and_export(
        job,
        build,
        Batches(objective.arrays(samples), size=spec["batch"], seed=seed, buffer=spec["buffer"]),
        steps=steps,
        seed=seed,
        accumulate=spec["accumulate"],
        placement=placement,
    )
    seen: Json = {"patients": tuple(samples.patients), "tiles": len(samples.arrays["image"])}
    made = EncoderManifest(arm=name, seed=int(repeat), **seen, **trained.facts())
    if is_first():
        encoder_card(job, cohort, made, {name: own.cohort for name, own in painted.items()}).write(made.folder)
    return made
