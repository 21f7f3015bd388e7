"""The study in this folder, as far as it can be understood."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from pipeline.core.errors import SheetError, StudyError, SynprivError
from pipeline.core.slides.coordinates import find_coordinates
from pipeline.study.cohort_check import check_cohort
from pipeline.study.layout import PARAMS, PHANTOM, SHEET
from pipeline.study.sections import Tile
from pipeline.study.sheet import Slide, read_sheet
from pipeline.study.study import Study, load_study
from pipeline.tile.request import Request


@dataclass(frozen=True)
class FoundStudy:
    """What there is to check.

    Args:
        study: None where ``params.yaml`` is wrong.
        tile: Its section ``tile``; that of the defaults where it is not known.
        slides: The sheet; none where it is wrong.
        problems: Every mistake found.
    """

    study: Study | None
    tile: Tile
    slides: dict[str, Slide]
    problems: list[SynprivError]

    def requests(self) -> dict[str, Request]:
        """What is asked of the tiles of each slide."""
        section = self.tile.model_dump(mode="json")
        return {name: Request.of(section, slide, self._given(slide)) for name, slide in self.slides.items()}

    def simulated(self) -> dict[str, int]:
        """Slides that the study makes itself, and their side in pixels."""
        if self.tile.phantom is None:
            return {}
        return {n: self.tile.phantom.size for n, slide in self.slides.items() if Path(slide.path).parent == PHANTOM}

    def without(self, lost: set[str]) -> list[StudyError]:
        """What the study misses once these slides are gone; nothing where it had mistakes before."""
        if self.study is None or self.problems:
            return []
        return cohort_problems(self.study, {n: slide for n, slide in self.slides.items() if n not in lost})

    def _given(self, slide: Slide) -> Path | None:
        folder = "" if slide.paired_with else self.tile.coordinates
        return find_coordinates(folder, slide.slide_id, slide.path) if folder else None


def find_study() -> FoundStudy:
    """Reads ``params.yaml`` and the sheet in this folder; a mistake in the one does not hide those in the other."""
    problems: list[SynprivError] = [*study_problems(PARAMS)]
    study = None if problems else load_study(PARAMS)
    tile = study.tile if study else _tile_section(PARAMS)
    slides: dict[str, Slide] = {}
    try:
        seed = study.seed if study else 0
        slides = read_sheet(SHEET, seed=seed, test_share=tile.test_share, made=tile.phantom is not None)
    except SheetError as error:
        problems.append(error)
    if study and slides:
        problems += cohort_problems(study, slides)
    return FoundStudy(study, tile, slides, problems)


def study_problems(path: Path) -> list[StudyError]:
    """Every mistake in ``params.yaml``."""
    try:
        load_study(path)
    except StudyError as error:
        return [error]
    return []


def cohort_problems(study: Study, slides: dict[str, Slide]) -> list[StudyError]:
    """All that the study asks for and the sheet does not have."""
    try:
        check_cohort(study, slides)
    except StudyError as error:
        return [error]
    return []


def _tile_section(path: Path) -> Tile:
    """The section ``tile`` of a ``params.yaml`` that is wrong elsewhere; the defaults where it is wrong itself."""
    try:
        content: Any = yaml.safe_load(path.read_text())
        return Tile.model_validate(content["tile"])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, LookupError, TypeError, ValidationError):
        return Tile()
