"""``synthesize.cohorts``: tiles that there was no slide for, as registered slides of the study."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator

from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.study import normalize, translate
from pipeline.study.generators import names_of_classes
from pipeline.study.rule import INDEX as MAKE_INDEX
from pipeline.study.rule import Rule, index_job
from pipeline.study.section import Count, Name, Section, Weight
from pipeline.study.translate import METHODS

if TYPE_CHECKING:
    from pipeline.study.study import Study

FOLDER = "data/synthetic"
PLAN = Rule(
    "synthesize_plan",
    "synthesize",
    "pipeline.synthesize.plan:make_plan",
    {"manifest": FOLDER + "/{cohort}/plan.json"},
    {"rows": FOLDER + "/{cohort}/plan.npz"},
    ("cohort", "painter", "masks"),
)
PART = Rule(
    "synthesize_part",
    "synthesize",
    "pipeline.synthesize.part:make_part",
    {"manifest": FOLDER + "/{cohort}/{part}.json"},
    {"folder": FOLDER + "/{cohort}/{part}"},
    ("plan", "painter", "masks", "cohort"),
)
COHORT = Rule(
    "synthesize_cohort",
    "synthesize",
    "pipeline.synthesize.cohort:make_cohort",
    {"manifest": FOLDER + "/{cohort}/index.json"},
    inputs=("cohort", "plan", "painter", "parts"),
)
# An index of their own, which is there in every study, for DVC looks for their folder.
COHORTS = Rule(
    "synthesize_cohort_index", "synthesize", MAKE_INDEX, {"manifest": FOLDER + "/index.json"}, inputs=("members",)
)
RULES = (PLAN, PART, COHORT, COHORTS)
PART_TILES = 256  # of a part, which is what a run that was killed makes again
REPEAT = "0"  # of the painter and of the maker of masks
REAL = "real"
AUTO = "auto"
JOIN = "+"  # between the classes of a set
OF_COHORT = ("min_shown", "min_consistency", "max_copied", "max_distance")  # gates


class SyntheticCohort(Section):
    """``tiles`` of tissue that ``painter`` paints for masks: of the translator ``masks``, or ``real`` ones.

    ``types``: how many tiles are to show which classes, ``{a: 200, a+b: 100}``; ``auto``: each set of classes as often
    as training tiles have it. ``guidance`` overdoes the mask, ``mask_guidance`` the wish for classes, of masks that are
    made; ``steps`` of ``sampler``, by default all that the painter learned. ``batch`` tiles are painted at a time.
    """

    painter: Name
    masks: Name
    tiles: Count | None = None
    types: Annotated[dict[str, Count] | None, BeforeValidator(lambda given: None if given == AUTO else given)] = None
    guidance: Weight = 0.5
    mask_guidance: Weight = 1.5
    sampler: Literal["ancestral", "ddim"] = "ancestral"
    steps: Count | None = None
    batch: Count = 64

    @property
    def count(self) -> int:
        """Tiles in all."""
        return self.tiles or 0 if self.types is None else sum(self.types.values())

    def parts(self) -> dict[str, tuple[int, int]]:
        """The parts: name to first tile and number of tiles."""
        starts = range(0, self.count, PART_TILES)
        return {f"part-{n:03d}": (start, min(PART_TILES, self.count - start)) for n, start in enumerate(starts)}


def cohort_jobs(study: "Study") -> Iterator[Job]:
    """Of every cohort a plan, its parts and the gate that lists them; an index of all."""
    members = []
    for name, section in study.synthesize.cohorts.items():
        *made, gated = _of_cohort(study, name, section)
        yield from (*made, gated)
        members.append(gated)
    yield index_job(COHORTS, members)


def _of_cohort(study: "Study", name: str, section: SyntheticCohort) -> Iterator[Job]:
    painter = study.translate[section.painter]
    real = section.masks == REAL
    stains = {"tissue": painter.target, "masks": painter.source}
    cohort = normalize.INDEX.manifest()
    by = {
        "painter": translate.TRAIN.manifest(section.painter, REPEAT),
        "masks": None if real else translate.TRAIN.manifest(section.masks, REPEAT),
    }
    classes = list(names_of_classes(study, painter.source))
    asked = {"seed": study.seed, "stain": painter.source, "classes": classes, "tiles": section.count}
    yield PLAN.job(name, inputs={"cohort": cohort, **by}, spec={**asked, "types": types_of(section)})
    code = {"painter": METHODS[painter.method].generator}
    code |= {} if real else {"masks": METHODS[study.translate[section.masks].method].generator}
    how = section.model_dump(mode="json", include={"guidance", "mask_guidance", "sampler", "steps", "batch"})
    how |= {"mask_guidance": None} if real else {}
    grid = {"size": study.tile.size, "mpp": study.tile.mpp}
    parts = []
    for part, (first, tiles) in section.parts().items():
        inputs = {"plan": PLAN.manifest(name), **by, "cohort": cohort if real else None}
        spec = {"seed": study.seed, "first": first, "tiles": tiles, "stains": stains, **grid, **how}
        parts.append(PART.job(name, part, code=code, inputs=inputs, spec=spec))
    yield from parts
    limits = study.synthesize.gates.model_dump(mode="json", include=set(OF_COHORT))
    yield COHORT.job(
        name,
        inputs={"cohort": cohort, "plan": PLAN.manifest(name), "painter": by["painter"]},
        groups={"parts": {job.key[1]: job.manifest for job in parts}},
        spec={"stains": stains, **limits},
    )


def types_of(section: SyntheticCohort) -> list[Json] | None:
    """Which classes how many tiles are to show; None: as training tiles do."""
    if section.types is None:
        return None
    return [{"types": sorted(key.split(JOIN)), "tiles": tiles} for key, tiles in section.types.items()]
