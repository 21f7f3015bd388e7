"""Labels that are drawn where they are looked at, so that memory does not grow with the image."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.core.slides.label_source import LabelSource
from pipeline.core.slides.outlines import Outline, Rings


class DrawnLabels(LabelSource):
    """Outlines of an image, of which a pixel is where its centre lies; the later one of two that overlap.

    Args:
        path: Where they come from.
        outlines: In pixels of the image, each of a polygon at least; its id is its place, from 1.
        kinds: Class ids, uint8 (1 + outline,), that of the background first.
        width: Of the image, pixels.
        height: Likewise.
    """

    sized = False

    def __init__(self, path: Path, outlines: Sequence[Outline], kinds: np.ndarray, width: int, height: int) -> None:
        super().__init__(path, width, height)
        self._kinds, self._polygons = kinds, [rings for outline in outlines for rings in outline.polygons]
        self._owner = np.repeat(np.arange(len(outlines)), [len(outline.polygons) for outline in outlines])
        self._low, self._high = (
            np.array([own(rings[0], 0) for rings in self._polygons]).reshape(-1, 2) for own in (np.min, np.max)
        )
        if len(outlines):
            first = np.full((len(outlines), 2), np.inf)
            np.minimum.at(first, self._owner, self._low)
            self.begins = (float(first[:, 0].max()), float(first[:, 1].max()))

    @property
    def beside(self) -> int:
        """How many outlines lie beside the image as a whole."""
        away = ((self._low >= (self.width, self.height)) | (self._high <= -1)).any(1)
        return len(self._kinds) - 1 - len(np.unique(self._owner[~away]))

    def masks(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        return np.asarray(self._kinds[self.instances(rows, columns)])

    def instances(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        ids = np.zeros((len(rows), len(columns)), np.uint32)
        down, over = rows + 0.5, columns + 0.5
        first, last = (over[0], down[0]), (over[-1], down[-1])
        for place in np.flatnonzero((self._low <= last).all(1) & (self._high >= first).all(1)).tolist():
            _draw(ids, self._polygons[place], int(self._owner[place]) + 1, down, over)
        return ids


def _draw(ids: np.ndarray, rings: Rings, number: int, down: np.ndarray, over: np.ndarray) -> None:
    """Gives the pixels within an outline, and in none of its holes, their number."""
    outline, *holes = rings
    (left, top), (right, bottom) = outline.min(0), outline.max(0)
    high, wide = slice(*np.searchsorted(down, (top, bottom))), slice(*np.searchsorted(over, (left, right)))
    here, places = ids[high, wide], (down[high], over[wide])
    if here.size:
        inside = filled(outline, *places)
        for hole in holes:
            inside &= ~filled(hole, *places)
        here[inside] = number


def filled(ring: np.ndarray, down: np.ndarray, over: np.ndarray) -> np.ndarray:
    """Which places lie within a ring: bool (y, x). One on a border is of the side to its right, or below.

    Along each row, parity changes where an edge is crossed.

    Args:
        ring: float64 (corner, 2), x and y; the last corner is joined to the first.
        down: y of the rows, ascending.
        over: x of the columns, ascending.
    """
    (x, y), (to_x, to_y) = ring.T, np.roll(ring, -1, 0).T
    first, stop = np.searchsorted(down, np.minimum(y, to_y)), np.searchsorted(down, np.maximum(y, to_y))
    count = stop - first
    edge = np.repeat(np.arange(len(ring)), count)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]
    crossed = x[edge] + (down[row] - y[edge]) / (to_y - y)[edge] * (to_x - x)[edge]
    cells = row * (len(over) + 1) + np.searchsorted(over, crossed)
    flips = np.bincount(cells, minlength=len(down) * (len(over) + 1)).reshape(len(down), -1)
    return np.asarray(flips[:, :-1].cumsum(1) % 2 == 1)
