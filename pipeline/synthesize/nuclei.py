"""Agreement of a synthetic view with the nuclei of its source. Pure functions."""

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.color import rgb2hed

from pipeline.core.measures.similarity import correlation

SMOOTH = 1.0  # pixels; registration and JPEG are no better than that


def haematoxylin(images: np.ndarray) -> np.ndarray:
    """Haematoxylin of H&E or of haematoxylin-DAB, unmixed with Ruifrok's vectors.

    Args:
        images: uint8 (tile, y, x, 3).

    Returns:
        float64 (tile, y, x), optical density, smoothed over a pixel.
    """
    return np.asarray(gaussian_filter(rgb2hed(images)[..., 0], (0, SMOOTH, SMOOTH)))


def nuclear(images: np.ndarray) -> np.ndarray:
    """Nuclear content of a view: float64 (tile, y, x), smoothed over a pixel.

    A view on a dark ground (masks, fluorescence) shows nuclei bright; one on a light ground shows
    them by their haematoxylin.

    Args:
        images: uint8 (tile, y, x, 3).
    """
    if np.median(images) >= 128:
        return haematoxylin(images)
    return np.asarray(gaussian_filter(images.mean(-1, dtype=np.float64), (0, SMOOTH, SMOOTH)))


def nuclei_agreement(source: np.ndarray, synthetic: np.ndarray) -> float:
    """Correlation of the source's haematoxylin with the synthetic view's nuclear content; uint8 (tile, y, x, 3)."""
    return correlation(haematoxylin(source)[..., None], nuclear(synthetic)[..., None])
