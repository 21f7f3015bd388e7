"""Objects of an area, whatever found them. Pure functions."""

import numpy as np


def without_specks(instance: np.ndarray, least: int) -> np.ndarray:
    """Objects of ``least`` pixels and more, numbered anew from 1 without gaps: uint32, of the shape of ``instance``.

    Args:
        instance: Ids of objects, integers, 0 for background.
        least: Pixels.
    """
    kept = np.bincount(instance.ravel()) >= least
    kept[:1] = False
    numbers = np.where(kept, np.cumsum(kept), 0).astype(np.uint32)
    return np.asarray(numbers[instance])


def majority(instance: np.ndarray, votes: np.ndarray, classes: int) -> np.ndarray:
    """The class that most pixels of an object are taken for, the smallest id of several: uint8 (y, x), 0 outside.

    Args:
        instance: Ids of objects from 1 without gaps, unsigned (y, x), 0 for background.
        votes: Class ids of pixels, uint8 (y, x), 1 to ``classes``.
        classes: How many there are.
    """
    count = int(instance.max(initial=0)) + 1
    cells = instance.astype(np.int64) * (classes + 1) + votes
    table = np.bincount(cells.ravel(), minlength=count * (classes + 1)).reshape(count, -1)
    winners = table.argmax(1).astype(np.uint8)
    winners[0] = 0
    return np.asarray(winners[instance])
