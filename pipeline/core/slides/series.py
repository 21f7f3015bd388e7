"""Which DICOM files make one slide: those of a series, of which each holds a level or a label."""

from functools import lru_cache
from pathlib import Path

import openslide

SERIES = "dicom.SeriesInstanceUID"


def series_in(folder: Path) -> dict[str, list[Path]]:
    """The slides of a folder: SeriesInstanceUID to its files, in name order.

    Files that OpenSlide does not open, such as segmentations and annotations, are of no series.
    """
    series: dict[str, list[Path]] = {}
    for uid, path in _scan(folder, folder.stat().st_mtime_ns):
        series.setdefault(uid, []).append(path)
    return series


def series_of(path: Path) -> list[Path]:
    """The files of the series that a DICOM file belongs to, in name order; the file alone where it is of none."""
    return next((files for files in series_in(path.parent).values() if path in files), [path])


@lru_cache(maxsize=64)
def _scan(folder: Path, _changed: int) -> tuple[tuple[str, Path], ...]:
    """Series and path of every DICOM file that OpenSlide opens; anew when files came or went."""
    found = []
    for path in sorted(item for item in folder.iterdir() if item.suffix.lower() == ".dcm"):
        try:
            with openslide.OpenSlide(path) as slide:
                found.append((slide.properties[SERIES], path))
        except (openslide.OpenSlideError, KeyError):  # no slide, or one of another format
            continue
    return tuple(found)
