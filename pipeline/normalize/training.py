"""Training of a normaliser that learns on the cohort."""

from collections.abc import Iterable

from pipeline.core.cohort.cohort import Cohort, Member, joined
from pipeline.core.errors import ProductError
from pipeline.core.job import Job
from pipeline.core.manifests.normalizer import NormalizerManifest
from pipeline.core.seeds import derive
from pipeline.core.store.rows import Rows
from pipeline.core.train.batches import Batches
from pipeline.core.train.distribution import Placement
from pipeline.core.train.run import train_and_export
from pipeline.core.translation.learner import TranslatorLearner
from pipeline.core.translation.panel import examples


def make_model(job: Job, *, placement: Placement | None = None) -> NormalizerManifest:
    """Trains on all training slides of the stains to be normalised, and exports the networks.

    Args:
        job: Reads the ``tiled`` slides; its code names the ``learner``, which is made with the ``size`` of a tile, the
            base learning rate ``lr`` and the method's options, and is shown batches of ``target``, tiles of the site of
            that name in the spec, and ``source``, tiles of all other sites together; the patients that a fold has
            ``tested`` in its spec are left out.
        placement: Devices and machines; by default what started the process says, else one device.

    Raises:
        ProductError: There is no training tile of the target, or of another site.
    """
    spec, cohort = job.spec, Cohort.read(job.inputs["tiled"])
    if "tested" in spec:
        cohort = cohort.tested_on(spec["tested"])
    members = [member for stain in spec["stains"] for member in cohort.select(stain=stain, split="train")]
    target = _tiles((m for m in members if m.site == spec["target"]), f"site {spec['target']!r}")
    source = _tiles((m for m in members if m.site != spec["target"]), f"any site but {spec['target']!r}")
    seed = derive(spec["seed"], "normalize")

    def build() -> TranslatorLearner:
        learner: TranslatorLearner = job.load("learner")(size=source.shape[1], lr=spec["lr"], **spec["options"])
        learner.show(**examples({"source": source, "target": target}))
        return learner

    trained = train_and_export(
        job,
        build,
        Batches(
            {"source": source, "target": target},
            size=spec["batch"],
            seed=seed,
            aligned=False,
            buffer=spec["buffer"],
        ),
        steps=spec["steps"],
        seed=seed,
        placement=placement,
    )
    return NormalizerManifest(
        method=spec["method"],
        target=spec["target"],
        sources=tuple(sorted({member.site for member in members} - {spec["target"]})),
        patients=tuple(sorted({member.patient for member in members})),
        tiles=len(source) + len(target),
        **trained.facts(),
    )


def _tiles(members: Iterable[Member], whose: str) -> Rows:
    found = list(members)
    if not found:
        fix = "name another site; data/tiles/quarantine.csv says which slides are not used, and why"
        raise ProductError(f"no training tile of {whose}", where="params.yaml: normalize.reference", fix=fix)
    return joined(found)
