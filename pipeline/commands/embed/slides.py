"""The slides that are named on the command line."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from pydantic import ValidationError

from pipeline.commands.scan import find_slides, plain_name
from pipeline.core.errors import SheetError
from pipeline.core.slides.slide import Slide
from pipeline.study.sheet import read_sheet


def named_slides(places: Iterable[str], stain: str, mpp: float | None) -> list[Slide]:
    """One row for every slide.

    Args:
        places: Files; folders, of which every slide is taken; slide sheets, of which those of the stain are.
        stain: That the encoder knows.
        mpp: µm per level-0 pixel, of files that say none, or say it wrong; where a sheet has one, that counts.

    Raises:
        SheetError: There is no such file, no slide at all, two slides of one name, or one of a name that none may have.
    """
    found = [slide for place in places for slide in _of_place(Path(place), stain)]
    if not found:
        raise SheetError(f"no slide of stain {stain!r}", where="--slides", fix="name slide files, or a slide sheet")
    twice = [name for name, count in Counter(slide.slide_id for slide in found).items() if count > 1]
    if twice:
        fix = "rename a file, or give them slide_ids of their own in a slide sheet"
        raise SheetError(f"several slides named {', '.join(twice[:10])}", where="--slides", fix=fix)
    return [slide if slide.mpp or not mpp else slide.changed(mpp=mpp) for slide in found]


def _of_place(place: Path, stain: str) -> Iterator[Slide]:
    if place.suffix == ".csv":
        sheet = read_sheet(place, seed=0, test_share=0.0).values()
        yield from (slide for slide in sheet if slide.stain == stain)
    elif place.exists():
        try:
            yield from _in_folder(place, stain) if place.is_dir() else [_in_file(place, stain)]
        except ValidationError as error:
            found = error.errors()[0]
            fix = "rename the file, or give it a slide_id of its own in a slide sheet"
            raise SheetError(
                f"a slide cannot be called {found['input']!r}: {found['msg']}", where=str(place), fix=fix
            ) from None
    else:
        raise SheetError(f"no slide {str(place)!r}", where="--slides", fix="correct the path")


def _in_file(path: Path, stain: str) -> Slide:
    return Slide(slide_id=plain_name(path.stem, path.resolve().parent.name), path=str(path), stain=stain)


def _in_folder(folder: Path, stain: str) -> list[Slide]:
    """Its slides; of registered pairs, whose stains are known, those of the stain."""
    found = find_slides(folder, Path.cwd())
    if any(slide.paired_with for slide in found):
        return [slide for slide in found if slide.stain == stain]
    return [slide.changed(stain=stain) for slide in found]
