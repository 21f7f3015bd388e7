"""Masks to nuclei: specks away, and nuclei that touch one another apart. Pure functions."""

import numpy as np
from scipy.ndimage import distance_transform_edt, gaussian_filter, label
from skimage.morphology import h_maxima
from skimage.segmentation import relabel_sequential, watershed

LEAST = 20  # pixels of a nucleus, and of a class that is present
SMOOTH = 1.0  # pixels, of distances to the border
DEPTH = 0.75  # pixels that the distance falls between the middles of two nuclei


def without_small(masks: np.ndarray, least: int = LEAST) -> np.ndarray:
    """Masks whose connected parts of one class, of fewer pixels than ``least``, are background.

    Args:
        masks: Class ids, uint8 (tile, y, x).
        least: Pixels.
    """
    found = masks.copy()
    for mask in found:
        for name in np.unique(mask[mask > 0]):
            parts, _ = label(mask == name)
            small = np.bincount(parts.ravel()) < least
            small[0] = False
            mask[small[parts]] = 0
    return found


def instances_of(masks: np.ndarray, least: int = LEAST) -> np.ndarray:
    """Ids of nuclei from 1, see :func:`nuclei_of`: uint16 (tile, y, x), 0 for background.

    Args:
        masks: Class ids, uint8 (tile, y, x).
        least: Pixels.
    """
    found = np.zeros(masks.shape, np.uint16)
    for mask, ids in zip(masks, found, strict=True):
        ids[:] = nuclei_of(mask, least)
    return found


def nuclei_of(mask: np.ndarray, least: int = LEAST) -> np.ndarray:
    """Ids of nuclei from 1, those of the first class first: uint32 (y, x), 0 for background.

    A nucleus is a part of one class that is connected and, by the watershed of the distance to its border, has one
    middle; a part of fewer pixels than ``least`` stays with the rest.

    Args:
        mask: Class ids, uint8 (y, x).
        least: Pixels.
    """
    ids = np.zeros(mask.shape, np.uint32)
    for name in np.unique(mask[mask > 0]):
        here = mask == name
        ids[here] = ids.max() + _split(here, least)[here]
    return ids


def _split(here: np.ndarray, least: int) -> np.ndarray:
    """Nuclei of one class, from 1 without gaps: int (y, x)."""
    distance = gaussian_filter(distance_transform_edt(np.pad(here, 1))[1:-1, 1:-1], SMOOTH)
    middles, _ = label(h_maxima(distance, DEPTH), np.ones((3, 3)))
    middles[~here] = 0
    small = np.bincount(_flooded(distance, middles, here).ravel()) < least
    middles[small[middles]] = 0
    split, *_ = relabel_sequential(_flooded(distance, middles, here))
    return np.asarray(split)


def _flooded(distance: np.ndarray, middles: np.ndarray, here: np.ndarray) -> np.ndarray:
    """The pixels of each middle, and of each connected part without one: int (y, x), 0 for background."""
    parts, _ = label(here)
    bare = here & np.isin(parts, parts[middles > 0], invert=True)
    return np.asarray(watershed(-distance, np.where(bare, parts + middles.max(), middles), mask=here))
