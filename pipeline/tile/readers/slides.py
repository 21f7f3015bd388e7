"""Whole-slide formats, through OpenSlide."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import openslide

from pipeline.tile.readers.base import decoding


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
            self.mpp = _mpp(self._slide.properties)

    def read(self, level: int, x: int, y: int, width: int, height: int) -> np.ndarray:
        # OpenSlide wants the corner in level-0 pixels; what it leaves transparent lies outside and is white.
        corner = (round(x * self._downsamples[level]), round(y * self._downsamples[level]))
        with decoding(self.path, "read the slide"):
            pixels = np.asarray(self._slide.read_region(corner, level, (width, height)))
        return np.where(pixels[..., 3:] == 0, np.uint8(255), pixels[..., :3])

    def close(self) -> None:
        self._slide.close()


def _mpp(properties: Mapping[str, str]) -> float | None:
    try:
        return (float(properties["openslide.mpp-x"]) + float(properties["openslide.mpp-y"])) / 2
    except (KeyError, ValueError):
        return None
