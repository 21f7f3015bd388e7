"""How much of a tile's structure is left in other colours."""

import numpy as np
from scipy.ndimage import gaussian_filter

from pipeline.core.errors import ProductError

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
SIGMA, RADIUS = 1.5, 5  # of a window of 11 x 11 pixels
C1, C2 = 0.01**2, 0.03**2
BLOCK = 16  # tiles at once: each takes some ten pictures of double precision


def grey_ssim(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Mean SSIM of the grey tiles, each in a Gaussian window of 11 x 11 pixels. Wang et al., IEEE TIP 2004.

    Only whole windows count. Leaving tiles as they are has 1, so it says what was lost, and not what was gained.

    Args:
        one: uint8 (tile, y, x, 3).
        other: uint8 of the same shape.

    Returns:
        float64 (tile,), up to 1.

    Raises:
        ProductError: Tiles are smaller than a window.
    """
    if min(one.shape[1:3]) <= 2 * RADIUS:
        found = f"tiles of {one.shape[2]} x {one.shape[1]} px"
        raise ProductError(f"SSIM sees 11 x 11 px at once, found {found}", where="tile.size", fix="11 or more")
    blocks = [slice(start, start + BLOCK) for start in range(0, len(one), BLOCK)]
    return np.concatenate([np.empty(0), *(_grey_ssim(one[block], other[block]) for block in blocks)])


def _grey_ssim(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    a, b = (np.asarray(images @ LUMA / 255, np.float64) for images in (one, other))
    mean_a, mean_b = _smooth(a), _smooth(b)
    variances = _smooth(a * a) - mean_a**2 + _smooth(b * b) - mean_b**2
    covariance = _smooth(a * b) - mean_a * mean_b
    light = (2 * mean_a * mean_b + C1) / (mean_a**2 + mean_b**2 + C1)
    return np.asarray((light * (2 * covariance + C2) / (variances + C2)).mean((1, 2)))


def _smooth(images: np.ndarray) -> np.ndarray:
    """Gaussian means of whole windows: (tile, y - 10, x - 10)."""
    smooth = gaussian_filter(images, (0, SIGMA, SIGMA), radius=(0, RADIUS, RADIUS))
    return np.asarray(smooth[:, RADIUS:-RADIUS, RADIUS:-RADIUS])
