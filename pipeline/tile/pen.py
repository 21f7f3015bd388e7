"""Pen marks and other ink on the glass, which absorb light as no stain of tissue does.

The rules are ratios of optical densities, which stay what they are when ink is thin. Tissue absorbs green light
most: haematoxylin, eosin and DAB all lie there. Green and blue ink absorb more of the red light, red ink absorbs blue
light nearly as much as green and next to no red, and black ink absorbs all alike.
"""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import maximum_filter
from skimage.morphology import remove_small_objects

MARK_UM2 = 10_000.0  # area of strong ink that makes a mark; less is blood, pigment or dust
REACH_UM = 100.0  # thin ink is looked for this far from strong ink
FRINGE_UM = 40.0  # and this much around it is left out, for its border is out of focus


def pen_marks(where: Callable[[np.ndarray], np.ndarray], density: np.ndarray, mpp: float) -> np.ndarray:
    """Finds marks: strong ink over an area, and the thin ink and the fringe around it.

    Args:
        where: Pixels of the image, bool (y, x), that have chosen ones of its colours, bool (colour,).
        density: float32 (colour, 3), optical density of the image's colours above glass.
        mpp: µm per pixel.

    Returns:
        bool (y, x).
    """
    strong, thin = inks(density)
    core = where(strong)
    if np.any(core):
        core = remove_small_objects(core, max_size=int(MARK_UM2 / mpp**2))
    if not np.any(core):
        return core
    marks = core | where(thin) & _grown(core, REACH_UM / mpp)
    return _grown(marks, FRINGE_UM / mpp)


def inks(density: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Colours of ink beyond doubt, and those that are ink if such is near: bool (colour,) each.

    Args:
        density: float32 (colour, 3), optical density above glass.
    """
    mean = density.mean(-1)
    green = np.maximum(density[:, 1], 0.01)
    red, blue = density[:, 0] / green, density[:, 2] / green
    chroma = np.ptp(density, axis=-1) / np.maximum(mean, 0.01)
    cold = ((red > 1.35) & (mean > 0.3)) | ((red > 1.06) & (mean > 1.1))
    warm = ((red < 0.25) & (blue > 0.75) & (mean > 0.5)) | ((red < 0.36) & (blue > 0.74) & (mean > 0.8))
    black = (chroma < 0.2) & (mean > 0.7)
    dark = (red > 0.35) & (blue > 0.72) & (blue < 1.05) & (mean > 1.4)
    thin = (red > 1.06) | ((red < 0.5) & (blue > 0.72)) | (chroma < 0.12) | dark
    return cold | warm | black | dark, thin & (mean > 0.05)


def _grown(mask: np.ndarray, radius: float) -> np.ndarray:
    """A mask grown by ``radius`` pixels to all sides, corners included."""
    return np.asarray(maximum_filter(mask.view(np.uint8), 2 * round(radius) + 1).view(bool))
