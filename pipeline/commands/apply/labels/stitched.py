"""Labels of a picture that is labelled block by block."""

from collections.abc import Callable, Iterable

import numpy as np

from pipeline.commands.apply.labels.bands import Band, bands
from pipeline.commands.apply.labels.found import Found, PieceTiles
from pipeline.commands.apply.labels.pieces import Pieces
from pipeline.core.slides.cascade import TILE

SIDE = 4 * TILE  # pixels of a block across
MARGIN = 64  # pixels that it sees of its neighbours
Labels = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]  # as those of a SegmentationNetwork


class Stitched:
    """Blocks with a margin, in which an object that lies across a border is seen from both sides.

    Where a block begins, what is said of its first pixels is compared with what the block before says of them, and
    pieces that lie over one another are of one object. So an object may reach over any number of blocks; one that
    reaches less than the margin beyond a border is seen as a whole by both.

    Args:
        labels: Of maps, float32 (k, y, x).
        classes: How many there are.
        tiles: Takes the ids of pieces.
    """

    def __init__(self, labels: Labels, classes: int, tiles: PieceTiles) -> None:
        self._labels, self._tiles, self._pieces = labels, tiles, Pieces(classes)
        self._below: dict[int, np.ndarray] = {}  # what blocks say of the first row under them, by their left border

    def found(self, strips: Iterable[np.ndarray]) -> Found:
        """The objects of a picture.

        Args:
            strips: Its maps from top to bottom, float32 (y, width, k).
        """
        for band in bands(strips, self._tiles.height, MARGIN):
            self._tiles.add(self._ids(band))
        return Found(self._tiles, self._pieces.objects())

    def _ids(self, band: Band) -> np.ndarray:
        """Ids of pieces in the own rows of a band: uint32 (y, width)."""
        row, beside = np.zeros((band.rows, self._tiles.width), np.uint32), np.empty(0, np.uint32)
        first, behind = band.above, band.above + band.rows
        for left in range(0, self._tiles.width, SIDE):
            right, start = min(left + SIDE, self._tiles.width), max(0, left - MARGIN)
            maps = np.moveaxis(band.maps[:, start : right + MARGIN], -1, 0)
            mask, instance = self._labels(np.ascontiguousarray(maps))
            own = np.s_[first:behind, left - start : right - start]
            before = self._pieces.add(int(instance.max()), mask[own], instance[own], band.top)
            ids = np.where(instance > 0, instance + before, np.uint32(0))
            if left:
                self._pieces.join(beside, ids[:, left - start])
            if band.top:
                self._pieces.join(self._below[left], ids[first])
            if right < self._tiles.width:
                beside = ids[:, right - start]
            if behind < len(ids):
                self._below[left] = ids[behind].copy()
            row[:, left:right] = ids[own]
        return row
