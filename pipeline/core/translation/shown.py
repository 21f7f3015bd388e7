"""Pictures of any number of channels as a screen shows them."""

import colorsys

import numpy as np

BRIGHTEST = 255


def full_of(images: np.ndarray) -> int:
    """The value of uint8 or uint16 images that is shown brightest, where nobody says: their largest of 16 bits."""
    return BRIGHTEST if images.dtype == np.uint8 else max(BRIGHTEST, int(images.max()))


def shown(images: np.ndarray, full: int = BRIGHTEST) -> np.ndarray:
    """Channels as colours that are added up: one is grey, three are red, green and blue, others hues evenly apart.

    Args:
        images: uint8 or uint16 (..., c).
        full: The value that is shown brightest.

    Returns:
        uint8 (..., 3); 8-bit RGB of full 255 is left as it is.
    """
    channels = images.shape[-1]
    if images.dtype == np.uint8 and channels == 3 and full == BRIGHTEST:
        return images
    if channels == 1:
        colours = np.ones((1, 3), np.float32)
    else:
        colours = np.array([colorsys.hsv_to_rgb(channel / channels, 1, 1) for channel in range(channels)], np.float32)
    added = images.astype(np.float32) @ colours * np.float32(BRIGHTEST / full)
    return np.asarray(np.rint(np.clip(added, 0, BRIGHTEST)), np.uint8)
