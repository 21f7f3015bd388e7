"""Whether painted tissue shows the nuclei of the mask that it was painted for. Pure functions."""

import numpy as np
from skimage.filters import threshold_otsu

from pipeline.core.stain.haematoxylin import haematoxylin

BLOCK = 64  # tiles whose density is held at a time


def consistency(images: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Dice of the nuclei that a threshold finds in each tile, with those of its mask; classes are not told apart.

    The threshold errs on real tiles too: their figure is the best that painted ones can be expected to reach.

    Args:
        images: uint8 (tile, y, x, 3), seen in light.
        mask: (tile, y, x), above 0 where a nucleus is to be.

    Returns:
        float64 (tile,), 0..1; NaN of a tile that is to have no nucleus, for a threshold always finds something.
    """
    found = np.full(len(images), np.nan)
    for start in range(0, len(images), BLOCK):
        rows = slice(start, start + BLOCK)
        found[rows] = dice_of_tiles(segment_nuclei(images[rows]), mask[rows] > 0)
    return np.where((mask > 0).any((1, 2)), found, np.nan)


def segment_nuclei(images: np.ndarray) -> np.ndarray:
    """Where a tile has more haematoxylin than its own threshold, Otsu's, so that a tile is the same in any company.

    Args:
        images: uint8 (tile, y, x, 3), seen in light.

    Returns:
        bool (tile, y, x); a tile of one density has no nucleus.
    """
    return np.array([own > threshold_otsu(own) for own in haematoxylin(images)], bool).reshape(images.shape[:3])


def dice_of_tiles(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Dice of each tile: float64 (tile,), NaN where both are empty.

    Args:
        one: bool (tile, y, x).
        other: bool of the same shape.
    """
    size = one.sum((1, 2)) + other.sum((1, 2))
    with np.errstate(invalid="ignore"):
        return np.asarray(2 * (one & other).sum((1, 2)) / size, np.float64)
