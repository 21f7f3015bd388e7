"""Training of one repeat of a translator, from the training slides to exported weights."""

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.core.seeds import derive
from pipeline.core.train.batches import Batches
from pipeline.core.train.distribution import Placement
from pipeline.core.train.run import train_and_export
from pipeline.core.translation.learner import Ends, TranslatorLearner
from pipeline.core.translation.pixels import Pixels
from pipeline.translate.data import read_data


def make_translator(job: Job, *, placement: Placement | None = None) -> TranslatorManifest:
    """Trains on the cohort's training slides, from the checkpoint where there is one, and exports the networks.

    All that is random, the networks, the order of the tiles and what a learner draws, is another one in each repeat.

    Args:
        job: Its key is the translator's name and the repeat. Reads the index of normalised slides; its code names
            the ``method``.
        placement: Devices and machines; by default what started the process says, else one device.
    """
    spec, (name, repeat) = job.spec, job.key
    method: type[TranslatorLearner] = job.load("method")
    data = read_data(Cohort.read(job.inputs["cohort"]), spec, repeat=int(repeat), any_pixels=method.any_pixels)
    seed = derive(spec["seed"], "translate", name, repeat)
    ends = Ends(Pixels.of(data.source), Pixels.of(data.target), spec["pairing"] == "paired")
    told = {"ends": ends} if method.any_pixels else {}

    def build() -> TranslatorLearner:
        learner = method(size=data.source.shape[1], lr=spec["lr"], **told, **spec["options"])
        learner.show(*data.examples)
        if data.held:
            learner.hold(*data.held)
        return learner

    trained = train_and_export(
        job,
        build,
        Batches(
            {"source": data.source, "target": data.target},
            size=spec["batch"],
            seed=seed,
            aligned=spec["pairing"] == "paired",
            buffer=spec["buffer"],
        ),
        steps=spec["steps"],
        seed=seed,
        placement=placement,
    )
    known: Json = {name: spec[name] for name in ("method", "source", "target", "pairing", "pairs")}
    full: Json = {"source_full": ends.source.full, "target_full": ends.target.full}
    seen: Json = {"patients": tuple(data.patients), "held_back": tuple(data.held_back), "tiles": len(data.source)}
    return TranslatorManifest(translator=name, repeat=int(repeat), **known, **full, **seen, **trained.facts())
