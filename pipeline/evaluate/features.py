"""Numbers of tiles: what an encoder makes of them, without augmentation, and their colour, which needs none."""

from collections.abc import Callable

import numpy as np

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.store.store import TileStore
from pipeline.evaluate.probe_tiles import ProbeTiles

Measure = Callable[[np.ndarray], np.ndarray]  # uint8 (tile, y, x, 3) to float32 (tile, numbers)


def measure(cohort: Cohort, tiles: ProbeTiles, batch: int, *measures: Measure) -> list[np.ndarray]:
    """What every measure makes of the tiles: float32 (tile, numbers) each. Only these tiles are read, and once.

    The last bits of a feature depend on how many tiles are computed together, so a tile's batch is fixed by
    its place in the store: the wanted tiles of ``batch`` consecutive rows.
    """
    parts: list[list[np.ndarray]] = [[] for _ in measures]
    starts = np.flatnonzero(tiles.slide[1:] != tiles.slide[:-1]) + 1
    for slide, wanted in zip(tiles.slide[[0, *starts]], np.split(tiles.row, starts), strict=True):
        store = TileStore(cohort.members[slide].store)
        ends = np.flatnonzero(np.diff(wanted // batch)) + 1
        for rows in np.split(wanted, ends):
            images = store.tiles(rows)
            for part, made in zip(parts, measures, strict=True):
                part.append(made(images))
    return [np.concatenate(part) for part in parts]


def colour_numbers(images: np.ndarray) -> np.ndarray:
    """Mean, then standard deviation, of every channel of a tile, in [0, 1]: float32 (tile, 2 x channel).

    Args:
        images: uint8 (tile, y, x, channel).
    """
    pixels = images.shape[1] * images.shape[2]
    first = images.sum((1, 2), dtype=np.int64) / pixels
    second = np.square(images, dtype=np.uint16).sum((1, 2), dtype=np.int64) / pixels
    spread = np.sqrt(np.maximum(second - first**2, 0.0))
    return (np.hstack([first, spread]) / 255).astype(np.float32)
