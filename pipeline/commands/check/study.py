"""The study in this folder, as far as it can be understood."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from pipeline.core.errors import SheetError, StudyError, SynprivError
from pipeline.core.slides.slide import Slide
from pipeline.study import tile
from pipeline.study.document import read_document
from pipeline.study.mistakes import MistakesError
from pipeline.study.sheet import read_sheet
from pipeline.study.study import PARAMS, SHEET, Study, check_cohort, load_study, right_sections
from pipeline.tile.request import Request

T = TypeVar("T")


@dataclass(frozen=True)
class FoundStudy:
    """What there is to check.

    Args:
        study: Of a wrong ``params.yaml`` its right sections, and the defaults of the others.
        slides: The sheet; none where it is wrong.
        problems: Every mistake found.
        known: ``params.yaml`` is right.
        readable: What it says of stains is, so that slides can be inspected by it.
    """

    study: Study
    slides: dict[str, Slide]
    problems: list[SynprivError]
    known: bool
    readable: bool

    def requests(self) -> dict[str, Request]:
        """What is asked of the tiles of each slide."""
        cuts = {job.key[0]: job for job in tile.jobs(self.study, self.slides) if job.rule == tile.CUT.name}
        return {
            name: Request.of(cuts[name].spec, slide, cuts[name].inputs.get("coordinates"))
            for name, slide in self.slides.items()
        }

    def simulated(self) -> dict[str, int]:
        """Slides that the study makes itself, and their side in pixels."""
        phantom = self.study.tile.phantom
        made = (name for name, slide in self.slides.items() if tile.is_made(self.study, slide))
        return dict.fromkeys(made, phantom.size) if phantom else {}

    def without(self, lost: set[str]) -> list[StudyError]:
        """What the study misses once these slides are gone; nothing where it had mistakes before."""
        if self.problems:
            return []
        left = {name: slide for name, slide in self.slides.items() if name not in lost}
        return _attempt(lambda: check_cohort(self.study, left))[1]


def find_study() -> FoundStudy:
    """Reads ``params.yaml`` and the sheet in this folder; a mistake in the one does not hide those in the other."""
    problems: list[SynprivError] = []
    loaded, mistakes = _attempt(lambda: load_study(PARAMS))
    problems += mistakes
    content = _attempt(lambda: read_document(PARAMS).content)[0]
    study = loaded or right_sections(content)
    slides: dict[str, Slide] = {}
    section = study.tile
    try:
        made = section.phantom is not None
        slides = read_sheet(SHEET, seed=study.seed, test_share=section.test_share, made=made)
    except SheetError as error:
        problems.append(error)
    if loaded and slides:
        problems += _attempt(lambda: check_cohort(loaded, slides))[1]
    # by wrong stains, or none, a sound slide of many channels would be called unfit
    readable = isinstance(content, dict) and (content.get("stains") is None or "stains" in study.model_fields_set)
    return FoundStudy(study, slides, problems, known=loaded is not None, readable=readable)


def _attempt(call: Callable[[], T]) -> tuple[T | None, list[StudyError]]:
    """What a call returns, and every mistake that it raises."""
    try:
        return call(), []
    except MistakesError as error:
        return None, error.errors
    except StudyError as error:
        return None, [error]
