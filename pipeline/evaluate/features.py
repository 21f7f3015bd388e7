"""Features of tiles: what an encoder makes of them, without augmentation."""

import numpy as np

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.networks.encoder import Encoder
from pipeline.core.store.store import TileStore
from pipeline.evaluate.probe_tiles import ProbeTiles


def embed(encoder: Encoder, cohort: Cohort, tiles: ProbeTiles, batch: int) -> np.ndarray:
    """Features of the tiles: float32 (tile, features). Only these tiles are read.

    The last bits of a feature depend on how many tiles are computed together, so a tile's batch is fixed by
    its place in the store: the wanted tiles of ``batch`` consecutive rows.
    """
    parts = []
    starts = np.flatnonzero(tiles.slide[1:] != tiles.slide[:-1]) + 1
    for slide, wanted in zip(tiles.slide[[0, *starts]], np.split(tiles.row, starts), strict=True):
        store = TileStore(cohort.members[slide].store)
        ends = np.flatnonzero(np.diff(wanted // batch)) + 1
        parts += [encoder.embed(store.tiles(rows), batch) for rows in np.split(wanted, ends)]
    return np.concatenate(parts)
