"""``synthesize``: tiles and a translator to the privileged view of every tile."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.study import normalize, translate
from pipeline.study.need import Slides
from pipeline.study.rule import Rule, index_job, index_rule
from pipeline.study.section import Count, Positive, Section
from pipeline.study.stains import kind_of

if TYPE_CHECKING:
    from pipeline.study.study import Study

FOLDER = "data/privileged"
VIEW = Rule(
    "synthesize",
    "synthesize",
    "pipeline.synthesize.view:make_view",
    {"manifest": FOLDER + "/{translator}/{slide}.json"},
    {"store": FOLDER + "/{translator}/{slide}.zarr"},
    ("translator", "slide", "partner"),
)
GATE = Rule(
    "synthesize_gate",
    "synthesize",
    "pipeline.synthesize.gate:make_gate",
    {"manifest": FOLDER + "/{translator}/index.json"},
    inputs=("members",),
)
INDEX = index_rule("synthesize", FOLDER)
RULES = (VIEW, GATE, INDEX)


class Gates(Section):
    """Least figures of a translator that is worth learning from; measured outside the test split."""

    min_agreement: float = 0.1
    max_cycle_jump: Positive = 0.05
    min_nuclei: float = 0.1


class Synthesize(Section):
    """``batch`` tiles are translated at a time."""

    batch: Count = 64
    gates: Gates = Gates()


def jobs(study: "Study", slides: Slides) -> Iterator[Job]:
    """One privileged store per translator and slide, the gates of each translator, the index."""
    section, gates = study.synthesize, []
    partners = {(slide.paired_with, slide.stain): name for name, slide in reversed(list(slides.items()))}
    for name, translator in study.translate.items():
        code = {"method": translate.METHODS[translator.method].code}
        kinds = {end: kind_of(getattr(translator, end), study.stains) for end in ("source", "target")}
        spec, members = {"seed": study.seed, "batch": section.batch, "kinds": kinds}, []
        for slide in (n for n, s in slides.items() if s.stain == translator.source):
            partner = partners.get((slide, translator.target))
            inputs = {
                "translator": translate.TRAIN.manifest(name),
                "slide": normalize.SLIDE.manifest(slide),
                "partner": normalize.SLIDE.manifest(partner) if partner else None,
            }
            members.append(VIEW.job(name, slide, code=code, inputs=inputs, spec=spec))
        yield from members
        views = {job.key[1]: job.manifest for job in members}
        limits = section.gates.model_dump(mode="json")
        gates.append(GATE.job(name, groups={"members": views}, spec={**limits, "translator": name}))
        yield gates[-1]
    yield index_job(INDEX, gates)


def check_params(study: "Study") -> Iterator[StudyError]:
    """No key of this section depends on another."""
    return iter(())


def check_sheet(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """What translators need of the sheet, ``translate`` asks for."""
    return iter(())
