"""``synthesize``: tiles and a translator to the privileged view of every tile; generators to tiles of their own."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.study import cohorts, normalize, translate
from pipeline.study.cohort_checks import check_clashes, check_cohorts
from pipeline.study.cohorts import SyntheticCohort
from pipeline.study.need import Slides
from pipeline.study.rule import Rule, index_job, index_rule
from pipeline.study.section import Count, Name, Positive, Section, Share
from pipeline.study.stains import kind_of

if TYPE_CHECKING:
    from pipeline.study.study import Study

FOLDER = "data/privileged"
VIEW = Rule(
    "synthesize",
    "synthesize",
    "pipeline.synthesize.view:make_view",
    {"manifest": FOLDER + "/{translator}/{repeat}/{slide}.json"},
    {"store": FOLDER + "/{translator}/{repeat}/{slide}.zarr"},
    ("translator", "slide", "partner"),
)
GATE = Rule(
    "synthesize_gate",
    "synthesize",
    "pipeline.synthesize.gate:make_gate",
    {"manifest": FOLDER + "/{translator}/{repeat}/index.json"},
    inputs=("translator", "members"),
)
INDEX = index_rule("synthesize", FOLDER)
RULES = (VIEW, GATE, INDEX, *cohorts.RULES)


class Gates(Section):
    """Least figures of a translator that is worth learning from; measured on patients that it was not trained on.

    Of a synthetic cohort: the share of what was asked of masks that they show, consistency of its tiles with their
    masks, the share that may be copies, and its distance from real tiles; see :mod:`pipeline.synthesize.cohort`.
    """

    min_agreement: float = 0.1
    max_cycle_jump: Positive = 0.05
    min_nuclei: float = 0.1
    min_shown: Share = 0.3
    min_consistency: Share = 0.3
    max_copied: Share = 0.2
    max_distance: Positive = 3.0


class Synthesize(Section):
    """``batch`` tiles are translated at a time. ``cohorts``: tiles that there was no slide for."""

    batch: Count = 64
    gates: Gates = Gates()
    cohorts: dict[Name, SyntheticCohort] = {}


def jobs(study: "Study", slides: Slides) -> Iterator[Job]:
    """One privileged store per repeat of a translator and slide, the gates of each repeat, the index."""
    section, gates = study.synthesize, []
    partners = {(slide.paired_with, slide.stain): name for name, slide in reversed(list(slides.items()))}
    limits = section.gates.model_dump(mode="json", exclude=set(cohorts.OF_COHORT))
    for name, translator in translate.view_makers(study).items():
        code = {"method": translate.METHODS[translator.method].code}
        kinds = {end: kind_of(getattr(translator, end), study.stains) for end in ("source", "target")}
        spec = {"seed": study.seed, "batch": section.batch, "kinds": kinds}
        sources = [slide for slide, s in slides.items() if s.stain == translator.source]
        real = {slide: partners.get((slide, translator.target)) for slide in sources}
        tiles = {
            slide: {
                "slide": normalize.SLIDE.manifest(slide),
                "partner": normalize.SLIDE.manifest(partner) if partner else None,
            }
            for slide, partner in real.items()
        }
        for repeat in translate.repeats_of(translator):
            by = {"translator": translate.TRAIN.manifest(name, repeat)}
            views = {s: VIEW.job(name, repeat, s, code=code, inputs={**by, **tiles[s]}, spec=spec) for s in sources}
            yield from views.values()
            members = {slide: job.manifest for slide, job in views.items()}
            gates.append(GATE.job(name, repeat, inputs=by, groups={"members": members}, spec=limits))
            yield gates[-1]
    yield index_job(INDEX, gates)
    yield from cohorts.cohort_jobs(study)


def check_params(study: "Study") -> Iterator[StudyError]:
    """Mistakes in the cohorts."""
    yield from check_cohorts(study)


def check_sheet(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """Names that are taken; what translators need of the sheet, ``translate`` asks for."""
    yield from check_clashes(study, slides)
