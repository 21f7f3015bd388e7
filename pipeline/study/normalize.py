"""``normalize``: tiles to stain-normalised tiles."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.study import tile
from pipeline.study.method import Method, check_method
from pipeline.study.need import Need, Slides, listed
from pipeline.study.rule import Rule, index_job, index_rule
from pipeline.study.section import Positive, Section, Weight

if TYPE_CHECKING:
    from pipeline.study.study import Study

FOLDER = "data/normalized"
FIT = Rule(
    "normalize_fit",
    "normalize",
    "pipeline.normalize.fit:make_fit",
    {"manifest": FOLDER + "/fits/{slide}.json"},
    inputs=("tile",),
)
REFERENCE = Rule(
    "normalize_reference",
    "normalize",
    "pipeline.normalize.reference:make_reference",
    {"manifest": FOLDER + "/reference.json"},
    inputs=("fits",),
    checkpoint=True,
)
SLIDE = Rule(
    "normalize",
    "normalize",
    "pipeline.normalize.normalized:make_normalized",
    {"manifest": FOLDER + "/{slide}.json"},
    {"store": FOLDER + "/{slide}.zarr"},
    ("tile", "fit", "reference"),
)
INDEX = index_rule("normalize", FOLDER)
RULES = (FIT, REFERENCE, SLIDE, INDEX)
AUTO = "auto"


class MacenkoOptions(Section):
    """See :class:`pipeline.normalize.macenko.Macenko`."""

    io: Positive = 255.0
    offset: Weight = 0.0
    beta: Weight = 0.15
    alpha: Positive = 1.0
    mask: Literal["mean", "any"] = "mean"


METHODS = {
    "none": Method("", "none"),  # every slide passes through
    "macenko": Method("pipeline.normalize.macenko:Macenko", "Macenko", MacenkoOptions),
}


class Normalize(Section):
    """Slides of ``stains`` are normalised to ``reference``: ``auto`` or a slide_id."""

    method: str = "macenko"
    reference: str = AUTO
    stains: list[str] = ["HE"]
    options: dict[str, Any] = {}


def jobs(study: "Study", slides: Slides) -> Iterator[Job]:
    """The stain of each slide, the reference among those of training slides, one job per slide, the index."""
    section = study.normalize
    method = METHODS[section.method]
    spec = {"method": section.method, "options": method.filled(section.options)}
    code = {"normalizer": method.code}
    changed = [name for name, s in slides.items() if method.code and s.stain in section.stains]
    kept = []
    for name in changed:
        inputs = {"tile": tile.CUT.manifest(name)}
        kept.append(FIT.job(name, code=code, inputs=inputs, spec={"seed": study.seed, **spec}))
    if changed:
        learned = [name for name in changed if slides[name].split == "train"]
        candidates = learned if section.reference == AUTO else [section.reference]
        fits = {name: FIT.manifest(name) for name in candidates}
        kept.append(REFERENCE.job(code=code, groups={"fits": fits}, spec={**spec, "reference": section.reference}))
    yield from kept
    members = []
    for name in slides:
        if name in changed:
            read = {"tile": tile.CUT.manifest(name), "fit": FIT.manifest(name), "reference": REFERENCE.manifest()}
            members.append(SLIDE.job(name, code=code, inputs=read, spec=spec))
        else:
            members.append(SLIDE.job(name, inputs={"tile": tile.CUT.manifest(name)}))
    yield from members
    yield index_job(INDEX, members, kept)


def check_params(study: "Study") -> Iterator[StudyError]:
    """Mistakes in the section itself."""
    section = study.normalize
    yield from check_method(METHODS, section.method, section.options, "normalize", "method")


def check_sheet(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """Whether there is a training slide to be the reference."""
    reference, stains = study.normalize.reference, study.normalize.stains
    if not METHODS[study.normalize.method].code:
        return
    those = [slide for slide in slides.values() if slide.stain in stains]
    usable = [slide.slide_id for slide in those if slide.split == "train"]
    if reference == AUTO:
        fix = f"its stains are: {listed(s.stain for s in slides.values())}; correct the column or the key"
        need = Need(f"slide of a stain in {stains}", "params.yaml: normalize.stains", those, ("train",), fix)
        yield from need.check()
    elif reference not in usable:
        found = f"a {slides[reference].split} slide of {slides[reference].stain}" if reference in slides else "no slide"
        yield StudyError(
            f"the reference must be a training slide of {listed(stains)}; {reference!r} is {found}",
            where="params.yaml: normalize.reference",
            fix=f"'auto', or one of: {listed(usable)}",
        )
