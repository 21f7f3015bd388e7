"""The pixels that a slide's stain is fitted on."""

import numpy as np

from pipeline.core.store.store import TileStore

LIMIT = 100_000


def sample_pixels(store: TileStore, *, seed: int, limit: int = LIMIT) -> np.ndarray:
    """At most ``limit`` pixels, as many from every tile: uint8 (pixel, 3).

    Tiles are tissue tiles, so that few of these pixels are background; a normaliser ignores those.
    """
    rng = np.random.default_rng(seed)
    every = -(-len(store) // limit)  # only a slide with more tiles than pixels wanted leaves tiles out
    each = min(limit // -(-len(store) // every), store.size**2)
    drawn = []
    for block in store.blocks(256):
        pixels = block.reshape(len(block), -1, 3)
        where = rng.integers(pixels.shape[1], size=(len(block), each))
        drawn.append(np.take_along_axis(pixels, where[..., None], axis=1))
    return np.concatenate(drawn)[::every].reshape(-1, 3)
