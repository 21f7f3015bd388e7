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
    for slide in dict.fromkeys(tiles.slide.tolist()):
        store, wanted = TileStore(cohort.members[slide].store), tiles.row[tiles.slide == slide]
        ends = np.flatnonzero(np.diff(wanted // batch)) + 1
        parts += [encoder.embed(store.tiles(rows), batch) for rows in np.split(wanted, ends)]
    return np.concatenate(parts)
