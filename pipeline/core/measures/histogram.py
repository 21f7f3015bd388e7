"""How often each 8-bit value occurs, and the threshold that parts such values best."""

import numpy as np
from skimage.filters import threshold_otsu

LEVELS = 256


def histogram(image: np.ndarray) -> np.ndarray:
    """Counts of every value by channel: uint32 (channel, LEVELS).

    Args:
        image: uint8 (y, x, channel); of uint16 the upper eight bits are counted.
    """
    eight = image >> 8 if image.dtype == np.uint16 else image
    counts = [np.bincount(eight[..., channel].reshape(-1), minlength=LEVELS) for channel in range(eight.shape[-1])]
    return np.array(counts, np.uint32)


def share_above(counts: np.ndarray, threshold: int) -> np.ndarray:
    """Share of the values above a threshold: float64 (...,) of counts (..., LEVELS)."""
    return np.asarray(counts[..., threshold + 1 :].sum(-1) / counts.sum(-1))


def otsu(counts: np.ndarray) -> int:
    """The value that what lies above is best told by from the rest (Otsu 1979); the only one where there is one.

    Args:
        counts: int (LEVELS,), some of them above 0.
    """
    found = np.flatnonzero(counts)
    return int(found[0]) if len(found) == 1 else int(threshold_otsu(hist=(counts, np.arange(LEVELS))))
