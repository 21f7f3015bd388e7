"""Which classes a tile shows."""

import numpy as np

from pipeline.core.diffusion.conditions import LEAST


def present(mask: np.ndarray, classes: int) -> np.ndarray:
    """Which classes have LEAST pixels or more in each tile: bool (tile, class), id 1 first.

    Args:
        mask: uint8 (tile, y, x), ids of classes, 0 is background.
        classes: How many there are; larger ids are left out.
    """
    flat = mask.reshape(len(mask), -1)
    counts = [(flat == number).sum(1) for number in range(1, classes + 1)]
    return np.stack(counts, 1) >= LEAST if counts else np.zeros((len(mask), 0), bool)
