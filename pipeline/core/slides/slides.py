"""Whole-slide formats, through OpenSlide."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import openslide

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import Pair, check_size, decoding
from pipeline.core.slides.colours import over_white
from pipeline.core.slides.series import series_in
from pipeline.core.slides.slide import DICOM


class SlideReader:
    """A slide that OpenSlide opens.

    Args:
        path: The file.

    Raises:
        SlideError: OpenSlide cannot open it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with decoding(path, "open the slide"):
            self._slide = openslide.OpenSlide(path)
            self.levels: list[tuple[int, int]] = list(self._slide.level_dimensions)
            self._downsamples = self._slide.level_downsamples
            properties = self._slide.properties
            self.mpp = _mpp(properties)
            self.objective = _number(properties, openslide.PROPERTY_NAME_OBJECTIVE_POWER)
        check_size(path, *self.levels[0])

    def read(self, level: int, x: int, y: int, width: int, height: int) -> np.ndarray:
        # OpenSlide wants the corner in level-0 pixels; what it leaves transparent lies outside.
        corner = (round(x * self._downsamples[level]), round(y * self._downsamples[level]))
        with decoding(self.path, "read the slide"):
            pixels = np.asarray(self._slide.read_region(corner, level, (width, height)))
        return over_white(pixels[..., :3], pixels[..., 3:])

    def close(self) -> None:
        self._slide.close()


def find_vendor(path: Path) -> str | None:
    """The format by OpenSlide's name for it; None where it knows none."""
    with decoding(path, "open the slide"):
        vendor: str | None = openslide.OpenSlide.detect_format(path)
    return vendor


def find_series(folder: Path) -> Path:
    """One of the files of the only DICOM slide in a folder; OpenSlide finds the others itself.

    Raises:
        SlideError: There is no slide, or more than one.
    """
    series = [files[0] for files in series_in(folder).values()]
    if len(series) != 1:
        names = ", ".join(path.name for path in series[:5])
        raise SlideError(
            f"a folder of {len(series)} DICOM slides, expected one" + (f": {names}" if names else ""),
            where=str(folder),
            fix="give each slide a row of the sheet, whose path is one of its files: the others are found by it",
        )
    return series[0]


def check_together(paths: Sequence[Path]) -> None:
    """Raises SlideError where DICOM files are among the images of a slide: each would open its whole series."""
    dicom = [path for path in paths if path.suffix.lower() == DICOM]
    if dicom and len(paths) > 1:
        raise SlideError(
            f"{len(dicom)} DICOM files among {len(paths)} images, expected one slide",
            where=str(dicom[0].parent),
            fix="give each slide a row of the sheet, whose path is one of its files; put pictures into another folder",
        )


def _mpp(properties: Mapping[str, str]) -> Pair | None:
    across, down = (_number(properties, f"openslide.mpp-{axis}") for axis in "xy")
    return None if across is None or down is None else (across, down)


def _number(properties: Mapping[str, str], name: str) -> float | None:
    try:
        return float(properties[name])
    except (KeyError, ValueError):
        return None
