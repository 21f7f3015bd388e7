"""One image of a slide at its physical scale: boxes of any size at any resolution."""

from pathlib import Path

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.tile.area import area_means
from pipeline.tile.readers import open_image
from pipeline.tile.readers.base import Reader

PLAUSIBLE = (0.02, 20.0)  # µm per level-0 pixel
ENLARGE = 1.05  # tiles may be this much finer than the slide
STRIP = 1 << 24  # pixels read at once for an overview


class Region:
    """An opened image.

    Args:
        path: The file.
        mpp: µm per level-0 pixel that overrides what the file says.
        channels: See :func:`open_image`.

    Raises:
        SlideError: It cannot be opened, or no plausible resolution is known.
    """

    def __init__(self, path: Path, *, mpp: float | None = None, channels: list[int] | None = None) -> None:
        self.path = path
        self._reader: Reader = open_image(path, channels)
        self.mpp = self._resolution(mpp)
        self.width, self.height = self._reader.levels[0]
        self.downsamples = [_downsample(self._reader.levels[0], level) for level in self._reader.levels]

    def _resolution(self, given: float | None) -> float:
        mpp = given if given is not None else self._reader.mpp
        low, high = PLAUSIBLE
        if mpp is None or not low <= mpp <= high:
            found = "no resolution" if mpp is None else f"an implausible resolution of {mpp:g} µm/px"
            raise SlideError(
                f"the file says {found}", where=str(self.path), fix="fill the column 'mpp' of the slide sheet"
            )
        return mpp

    def level_for(self, scale: float) -> int:
        """The coarsest level that is not coarser than ``scale`` level-0 pixels per pixel."""
        fitting = [i for i, downsample in enumerate(self.downsamples) if downsample <= scale * (1 + 1e-3)]
        return max(fitting, key=lambda i: self.downsamples[i])

    def box(self, x: float, y: float, side: float, size: int) -> np.ndarray:
        """A square at any scale, by exact area averages of the next finer level.

        Args:
            x: Left border, level-0 pixels.
            y: Upper border, level-0 pixels.
            side: Level-0 pixels.
            size: Side of the answer in pixels.

        Returns:
            uint8 (size, size, 3).

        Raises:
            SlideError: The file cannot be decoded there.
        """
        return self._read(x, y, side, side, size, size)

    def overview(self, scale: float) -> np.ndarray:
        """The whole image with pixels of about ``scale`` level-0 pixels: uint8 (y, x, 3); bounded memory.

        The last row and column are cut where the image is no multiple of the scale.
        """
        level = self.level_for(scale)
        finer = scale / self.downsamples[level]
        width, height = (max(1, int(side / scale + 1e-6)) for side in (self.width, self.height))
        rows = max(1, int(STRIP / (finer * finer * width)))
        strips = []
        for top in range(0, height, rows):
            count = min(rows, height - top)
            strips.append(self._read(0, top * scale, width * scale, count * scale, width, count))
        return np.concatenate(strips)

    def close(self) -> None:
        """Gives the file back."""
        self._reader.close()

    def _read(self, x: float, y: float, wide: float, high: float, columns: int, rows: int) -> np.ndarray:
        level = self.level_for(min(wide / columns, high / rows, max(self.downsamples)))
        down = self.downsamples[level]
        limit = self._reader.levels[level]
        left, right, width = _span(x / down, (x + wide) / down, limit[0])
        top, bottom, height = _span(y / down, (y + high) / down, limit[1])
        pixels = self._reader.read(level, left[0], top[0], width, height)
        if (columns, rows) == (width, height) and left[1] == top[1] == 0 and right == width and bottom == height:
            return pixels
        means = area_means(pixels, np.linspace(top[1], bottom, rows + 1), np.linspace(left[1], right, columns + 1))
        return np.asarray(np.rint(means), np.uint8)


def _span(start: float, stop: float, limit: int) -> tuple[tuple[int, float], float, int]:
    """Whole pixels that hold [start, stop): (first pixel, offset into it), end relative to it, and their count."""
    near = [round(value) if abs(value - round(value)) < 1e-6 else value for value in (start, stop)]
    first = min(max(0, int(np.floor(near[0]))), limit - 1)
    last = min(max(first + 1, int(np.ceil(near[1]))), limit)
    return (first, near[0] - first), near[1] - first, last - first


def _downsample(finest: tuple[int, int], level: tuple[int, int]) -> float:
    """Level-0 pixels per pixel of a level; a whole number where cutting off a part pixel explains the rest."""
    ratio = (finest[0] / level[0] + finest[1] / level[1]) / 2
    whole = round(ratio)
    exact = all(abs(fine / whole - coarse) < 1.0 for fine, coarse in zip(finest, level, strict=True))
    return float(whole) if exact else ratio
