"""One image of a slide at its physical scale: boxes of any size at any resolution."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.core.measures.histogram import histogram
from pipeline.core.slides import open_image
from pipeline.core.slides.area import area_means
from pipeline.core.slides.base import Reader
from pipeline.core.slides.inverted import Inverted
from pipeline.core.slides.label_source import LabelSource
from pipeline.core.slides.resolution import find_mpp

ENLARGE = 1.05  # tiles may be this much finer than the slide
PART = 1 << 22  # pixels read at once for an overview
OVERVIEW = 1 << 27  # pixels of an overview, at most


class Region:
    """An opened image. Threads may read it at the same time.

    Args:
        path: The file, or a folder that holds one DICOM slide.
        mpp: µm per level-0 pixel that overrides what the file says.
        channels: See :func:`open_image`.
        invert: Dark is given as bright.
        labels: The file's labels, opened, whose picture is given; closed with it.

    Raises:
        SlideError: It cannot be opened, or no plausible resolution is known.
    """

    def __init__(
        self,
        path: Path,
        *,
        mpp: float | None = None,
        channels: list[int] | None = None,
        invert: bool = False,
        labels: LabelSource | None = None,
    ) -> None:
        self.path, self.labels = path, labels
        reader: Reader = labels or open_image(path, channels)
        self._reader = Inverted(reader) if invert else reader
        try:
            self.mpp = find_mpp(mpp, self._reader.mpp, self._reader.objective, path)
        except SlideError:
            self._reader.close()
            raise
        self.width, self.height = self._reader.levels[0]
        self.downsamples = [_downsample(self._reader.levels[0], level) for level in self._reader.levels]

    def level_for(self, scale: float) -> int:
        """The coarsest level that is not coarser than ``scale`` level-0 pixels per pixel; else the finest."""
        fitting = [i for i, downsample in enumerate(self.downsamples) if downsample <= scale * (1 + 1e-3)]
        return max(fitting, key=self.downsamples.__getitem__, default=0)

    def box(self, x: float, y: float, side: float, size: int) -> np.ndarray:
        """A square at any scale, by exact area averages of the next finer level.

        A level shows the image up to its last whole pixel; what the box holds beyond is left out of its averages.

        Args:
            x: Left border, level-0 pixels.
            y: Upper border, level-0 pixels.
            side: Level-0 pixels.
            size: Side of the answer in pixels.

        Returns:
            uint8 (size, size, 3); it may be read-only.

        Raises:
            SlideError: The file cannot be decoded there.
        """
        return self._cut(x, y, side, side, (size, size)).averaged(size, size)

    def counted_box(self, x: float, y: float, side: float, size: int) -> tuple[np.ndarray, np.ndarray]:
        """A box, and how often every value occurs in the pixels that it was averaged from: uint32 (3, 256).

        A pixel counts where its centre lies. Args and errors as those of :meth:`box`.
        """
        cut = self._cut(x, y, side, side, (size, size))
        return cut.averaged(size, size), histogram(cut.whole())

    def overview(self, scale: float) -> np.ndarray:
        """The whole image with pixels of about ``scale`` level-0 pixels: uint8 (y, x, 3); bounded memory.

        The last row and column are cut where the image is no multiple of the scale.

        Raises:
            SlideError: The file cannot be decoded, or the overview would be too large.
        """
        width, height = (max(1, int(side / scale + 1e-6)) for side in (self.width, self.height))
        if width * height > OVERVIEW:
            raise SlideError(
                f"an overview of {width} x {height} px, at most {OVERVIEW >> 20} Mpx are made",
                where=str(self.path),
                fix="make tiles larger or coarser (tile.size, tile.mpp), or split the slide",
            )
        finer = (scale / self.downsamples[self.level_for(scale)]) ** 2
        columns = max(1, min(width, int(PART / finer)))
        rows = max(1, int(PART / (finer * columns)))
        picture = np.empty((height, width, 3), np.uint8)
        for top in range(0, height, rows):
            for left in range(0, width, columns):
                part = picture[top : top + rows, left : left + columns]
                high, wide = part.shape[:2]
                cut = self._cut(left * scale, top * scale, wide * scale, high * scale, (wide, high))
                part[:] = cut.averaged(wide, high)
        return picture

    def close(self) -> None:
        """Gives the file back."""
        self._reader.close()

    def _cut(self, x: float, y: float, wide: float, high: float, asked: tuple[int, int]) -> "_Cut":
        """The pixels of a box that is ``asked`` for in so many columns and rows."""
        columns, rows = asked
        level = self.level_for(min(wide / columns, high / rows))
        down = self.downsamples[level]
        limit = self._reader.levels[level]
        left, right, width = _span(x / down, (x + wide) / down, limit[0])
        top, bottom, height = _span(y / down, (y + high) / down, limit[1])
        return _Cut(self._reader.read(level, left[0], top[0], width, height), (top[1], bottom), (left[1], right))


@dataclass(frozen=True)
class _Cut:
    """The whole pixels of a level that hold a box.

    Args:
        pixels: uint8 (y, x, 3).
        down: Upper and lower border of the box, pixels from the first.
        over: Left and right border.
    """

    pixels: np.ndarray
    down: tuple[float, float]
    over: tuple[float, float]

    def averaged(self, columns: int, rows: int) -> np.ndarray:
        """The box in so many columns and rows: uint8 (rows, columns, 3)."""
        if self.pixels.shape[:2] == (rows, columns) and (self.down, self.over) == ((0, rows), (0, columns)):
            return self.pixels
        means = area_means(self.pixels, np.linspace(*self.down, rows + 1), np.linspace(*self.over, columns + 1))
        np.rint(means, out=means)
        return means.astype(np.uint8)

    def whole(self) -> np.ndarray:
        """The pixels whose centres lie in the box, one at least: uint8 (y, x, 3)."""
        (top, bottom), (left, right) = ([math.ceil(end - 0.5) for end in ends] for ends in (self.down, self.over))
        return self.pixels[top : max(bottom, top + 1), left : max(right, left + 1)]


def _span(start: float, stop: float, limit: int) -> tuple[tuple[int, float], float, int]:
    """Whole pixels that hold [start, stop): (first pixel, offset into it), end relative to it, and their count."""
    near = [round(value) if abs(value - round(value)) < 1e-6 else value for value in (start, stop)]
    first = min(max(0, math.floor(near[0])), limit - 1)
    last = min(max(first + 1, math.ceil(near[1])), limit)
    return (first, near[0] - first), near[1] - first, last - first


def _downsample(finest: tuple[int, int], level: tuple[int, int]) -> float:
    """Level-0 pixels per pixel of a level; a whole number where cutting off a part pixel explains the rest.

    Infinite, so that nobody reads it, where a level is of another shape than the image.
    """
    ratio = (finest[0] / level[0] + finest[1] / level[1]) / 2
    for factor in (float(max(1, round(ratio))), ratio):
        if all(abs(fine / factor - coarse) < 1.0 for fine, coarse in zip(finest, level, strict=True)):
            return factor
    return math.inf
