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
RULES = (VIEW, GATE, INDEX)


class Gates(Section):
    """Least figures of a translator that is worth learning from; measured on patients that it was not trained on."""

    min_agreement: float = 0.1
    max_cycle_jump: Positive = 0.05
    min_nuclei: float = 0.1


class Synthesize(Section):
    """``batch`` tiles are translated at a time."""

    batch: Count = 64
    gates: Gates = Gates()


def jobs(study: "Study", slides: Slides) -> Iterator[Job]:
    """One privileged store per repeat of a translator and slide, the gates of each repeat, the index."""
    section, gates = study.synthesize, []
    partners = {(slide.paired_with, slide.stain): name for name, slide in reversed(list(slides.items()))}
    limits = section.gates.model_dump(mode="json")
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


def check_params(study: "Study") -> Iterator[StudyError]:
    """No key of this section depends on another."""
    return iter(())


def check_sheet(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """What translators need of the sheet, ``translate`` asks for."""
    return iter(())
