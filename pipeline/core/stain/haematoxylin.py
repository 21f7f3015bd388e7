"""Haematoxylin as a picture: where the nuclei of tissue seen in light are."""

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.color import rgb2hed

SMOOTH = 1.0  # pixels; registration and JPEG are no better than that


def haematoxylin(images: np.ndarray) -> np.ndarray:
    """Haematoxylin of H&E or of haematoxylin-DAB, unmixed with Ruifrok's vectors.

    Args:
        images: uint8 (tile, y, x, 3).

    Returns:
        float64 (tile, y, x), optical density, smoothed over a pixel.
    """
    return np.asarray(gaussian_filter(rgb2hed(images)[..., 0], (0, SMOOTH, SMOOTH)))
