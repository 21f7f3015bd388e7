"""The slide that is named on the command line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.commands.embed.slides import named_slides
from pipeline.core.errors import SheetError, SlideError
from pipeline.core.slides.slide import Slide
from pipeline.study.sheet import find_row
from pipeline.study.study import SHEET


@dataclass(frozen=True)
class NamedSlide:
    """A slide, and whether it is one of the study's.

    Args:
        slide: Its row of the sheet, or one made up.
        known: It is in the sheet.
    """

    slide: Slide
    known: bool


def named_slide(path: Path, stains: Sequence[str], mpp: float | None) -> NamedSlide:
    """The slide of a file or of a folder; one that is not the study's is taken to be of the first stain.

    Args:
        path: Absolute.
        stains: That will do.
        mpp: µm per level-0 pixel, whatever the file says; one of the sheet counts more.

    Raises:
        SheetError: There is none, or several.
        SlideError: It is of another stain.
    """
    if not path.exists():
        raise SheetError("there is no such slide", where=str(path), fix="correct --slide")
    row = find_row(SHEET, path)
    if row is None:
        found = named_slides([str(path)], stains[0], mpp)
        if len(found) > 1:
            raise SheetError(f"{len(found)} slides, expected one", where=str(path), fix="name them one by one")
        return NamedSlide(found[0], known=False)
    if row.stain not in stains:
        message = f"a slide of {row.stain}, as the study's sheet has it"
        raise SlideError(message, where=str(path), fix=f"name a slide of {', '.join(stains)}")
    return NamedSlide(row.changed(mpp=row.mpp or mpp), known=True)
