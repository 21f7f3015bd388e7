"""The labels of a picture, tile by tile."""

from collections.abc import Iterator
from dataclasses import dataclass

import imagecodecs
import numpy as np

from pipeline.commands.apply.labels.pieces import Objects
from pipeline.core.slides.cascade import TILE, Spool
from pipeline.core.slides.packing import Packing


class PieceTiles:
    """Ids of pieces on disk, packed.

    Args:
        spool: Empty; of one level.
        width: Of the picture, pixels.
        height: Likewise.
    """

    def __init__(self, spool: Spool, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._spool, self._packing = spool, Packing(None)

    def add(self, ids: np.ndarray) -> None:
        """The next row of tiles: uint32 (TILE or fewer, width)."""
        short = TILE - len(ids), -self.width % TILE
        whole = np.pad(ids, ((0, short[0]), (0, short[1]))) if any(short) else ids
        for left in range(0, self.width, TILE):
            self._spool.add(0, self._packing.encode(whole[:, left : left + TILE]))

    def tiles(self) -> Iterator[np.ndarray]:
        """All of them in order, uint32 (TILE, TILE); nothing may be added any more."""
        for data in self._spool.tiles(0):
            yield np.frombuffer(imagecodecs.deflate_decode(data), np.uint32).reshape(TILE, TILE)


@dataclass(frozen=True)
class Found:
    """The objects of a picture.

    Args:
        pieces: Where they lie.
        objects: What they come to.
    """

    pieces: PieceTiles
    objects: Objects

    @property
    def count(self) -> int:
        """Of objects."""
        return len(self.objects.classes) - 1

    def tiles(self) -> Iterator[np.ndarray]:
        """Ids of objects, uint32 (TILE, TILE), in order."""
        for tile in self.pieces.tiles():
            yield self.objects.numbers[tile]

    def rows(self) -> Iterator[np.ndarray]:
        """The same in rows of tiles, uint32 (TILE or fewer, width), cut where the picture ends."""
        width, height = self.pieces.width, self.pieces.height
        tiles = self.tiles()
        for top in range(0, height, TILE):
            row = np.concatenate([next(tiles) for _ in range(0, width, TILE)], 1)
            yield row[: height - top, :width]
