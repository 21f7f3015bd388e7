"""The pixels that a slide's stain is fitted on."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np

LIMIT = 100_000


class Tiles(Protocol):
    """The tiles of a slide: those of a store, or of a slide that is being read."""

    @property
    def size(self) -> int:
        """Side of a tile in stored pixels."""
        ...

    def __len__(self) -> int: ...

    def blocks(self, rows: int) -> Iterator[np.ndarray]:
        """Tiles in order, ``rows`` at a time: uint8 (rows, y, x, 3), fewer in the last."""
        ...


def sample_pixels(tiles: Tiles, *, seed: int, limit: int = LIMIT) -> np.ndarray:
    """At most ``limit`` pixels, as many from every tile: uint8 (pixel, 3).

    Tiles are tissue tiles, so that few of these pixels are background; a normaliser ignores those.
    """
    rng = np.random.default_rng(seed)
    every = -(-len(tiles) // limit)  # only a slide with more tiles than pixels wanted leaves tiles out
    each = min(limit // -(-len(tiles) // every), tiles.size**2)
    drawn = []
    for block in tiles.blocks(256):
        pixels = block.reshape(len(block), -1, 3)
        where = rng.integers(pixels.shape[1], size=(len(block), each))
        drawn.append(np.take_along_axis(pixels, where[..., None], axis=1))
    return np.concatenate(drawn)[::every].reshape(-1, 3)
