"""Agreement of a synthetic view with the nuclei of its source. Pure functions."""

from collections.abc import Mapping

import numpy as np
from scipy.ndimage import gaussian_filter

from pipeline.core.measures.similarity import correlation
from pipeline.core.stain.haematoxylin import SMOOTH, haematoxylin

LIGHT = "light"  # kind of a stain


def nuclear(images: np.ndarray, kind: str) -> np.ndarray:
    """Nuclear content of a view: float64 (tile, y, x), smoothed over a pixel.

    Light shows nuclei by their haematoxylin; masks, fluorescence and electrons by the mean of the channels.

    Args:
        images: uint8 (tile, y, x, 3); of other kinds than light also uint16, and any number of channels.
        kind: Of their stain.
    """
    if kind == LIGHT:
        return haematoxylin(images)
    return np.asarray(gaussian_filter(images.mean(-1, dtype=np.float64), (0, SMOOTH, SMOOTH)))


def nuclei_agreement(source: np.ndarray, synthetic: np.ndarray, kinds: Mapping[str, str]) -> float | None:
    """Correlation of the source's haematoxylin with the synthetic view's nuclear content.

    Args:
        source: uint8 or uint16 (tile, y, x, c).
        synthetic: Its view, likewise.
        kinds: Of the stains ``source`` and ``target``.

    Returns:
        -1..1; None where the source is not seen in light, and has no haematoxylin, or light is not in 8-bit RGB.
    """
    light = [images for images, end in ((source, "source"), (synthetic, "target")) if kinds[end] == LIGHT]
    if kinds["source"] != LIGHT or any(images.dtype != np.uint8 or images.shape[-1] != 3 for images in light):
        return None
    return correlation(haematoxylin(source)[..., None], nuclear(synthetic, kinds["target"])[..., None])
