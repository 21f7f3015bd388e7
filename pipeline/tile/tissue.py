"""Where tissue is: on glass that is bright and colourless, tissue is neither."""

import numpy as np
from skimage.filters import gaussian, threshold_otsu

MASK_UM = 8.0  # µm per pixel of the mask, at most
DENSITY = (0.05, 0.15)  # the threshold on mean optical density above glass lies between
CHROMA = (0.03, 0.08)  # and that on the spread of the optical densities, which is colour


def tissue_mask(overview: np.ndarray) -> np.ndarray:
    """Marks tissue on a brightfield image of low magnification.

    Otsu's threshold on two measures, mean optical density and colour, each kept within limits so
    that an empty slide has no tissue and a full one no background.

    Args:
        overview: uint8 (y, x, 3), about 8 µm per pixel.

    Returns:
        bool (y, x).
    """
    light = (overview.astype(np.float64) + 1) / 256
    density = -np.log(light / _glass(light))
    mean, spread = density.mean(-1), density.max(-1) - density.min(-1)
    measures = ((mean, DENSITY), (spread, CHROMA))
    above = [gaussian(m, 1.0) > np.clip(_otsu(m), *limits) for m, limits in measures]
    return np.asarray(above[0] & above[1])


def _glass(light: np.ndarray) -> np.ndarray:
    """Colour of bare glass: the median of the brightest twentieth if that is bright and colourless, else white."""
    brightness = light.mean(-1)
    glass = np.median(light[brightness >= np.quantile(brightness, 0.95)], axis=0)
    return glass if glass.mean() > 0.82 and np.ptp(glass) < 0.06 else np.ones(3)


def _otsu(values: np.ndarray) -> float:
    return float(threshold_otsu(values)) if np.ptp(values) > 0 else 0.0
