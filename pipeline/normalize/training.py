"""Training of a normaliser that learns on the cohort."""

from pipeline.core.cohort.cohort import Cohort, joined
from pipeline.core.job import Job
from pipeline.core.manifests.normalizer import NormalizerManifest
from pipeline.core.seeds import derive
from pipeline.core.train.batches import Batches
from pipeline.core.train.distribution import Placement
from pipeline.core.train.learner import Learner
from pipeline.core.train.run import train_and_export


def make_model(job: Job, *, placement: Placement | None = None) -> NormalizerManifest:
    """Trains on all training slides of the stains to be normalised, and exports the networks.

    Args:
        job: Reads the ``tiled`` slides; its code names the ``learner``, which is made with the ``size`` of a tile, the
            base learning rate ``lr`` and the method's options, and is shown batches of ``image``; the patients that a
            fold has ``tested`` in its spec are left out.
        placement: Devices and machines; by default what started the process says, else one device.

    Raises:
        ProductError: There is no training slide of these stains.
    """
    spec, cohort = job.spec, Cohort.read(job.inputs["tiled"])
    if "tested" in spec:
        cohort = cohort.tested_on(spec["tested"])
    members = [member for stain in spec["stains"] for member in cohort.select(stain=stain, split="train")]
    tiles, seed = joined(members), derive(spec["seed"], "normalize")

    def build() -> Learner:
        learner: Learner = job.load("learner")(size=tiles.shape[1], lr=spec["lr"], **spec["options"])
        return learner

    trained = train_and_export(
        job,
        build,
        Batches({"image": tiles}, size=spec["batch"], seed=seed, buffer=spec["buffer"]),
        steps=spec["steps"],
        seed=seed,
        placement=placement,
    )
    patients = tuple(sorted({member.patient for member in members}))
    return NormalizerManifest(method=spec["method"], patients=patients, tiles=len(tiles), **trained.facts())
