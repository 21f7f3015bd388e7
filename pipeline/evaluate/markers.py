"""What channels of stained tissue amount to, tile by tile and nucleus by nucleus."""

import numpy as np
from skimage.color import rgb2hed

LIGHT = "light"
OF_LIGHT = ("DAB", "haematoxylin")  # of tissue in which a marker is brown, the marker first
COMPOSITION = ("haematoxylin", "eosin")
COLUMNS = {"haematoxylin": 0, "eosin": 1, "DAB": 2}
COLOURS = ("red", "green", "blue")


def marker_names(kind: str, channels: int) -> list[str]:
    """The markers of a stain: DAB where it is seen in light, else every channel.

    Args:
        kind: Of the stain.
        channels: Of its tiles.
    """
    if kind == LIGHT:
        return [OF_LIGHT[0]]
    return list(COLOURS) if channels == len(COLOURS) else [f"channel_{number + 1}" for number in range(channels)]


def amounts(images: np.ndarray, kind: str) -> np.ndarray:
    """How much of every channel a pixel has, the markers first: float64 (tile, y, x, channel).

    Args:
        images: uint8 or uint16 (tile, y, x, c).
        kind: Of the stain: seen in light, DAB and haematoxylin are unmixed with Ruifrok's vectors.
    """
    return _unmixed(images, OF_LIGHT) if kind == LIGHT else images.astype(np.float64)


def composition(images: np.ndarray, kind: str) -> np.ndarray:
    """What H&E shows of the composition of a pixel, haematoxylin and eosin: float64 (tile, y, x, 2).

    Args:
        images: uint8 (tile, y, x, 3).
        kind: Of the stain; (tile, y, x, 0) where it is not seen in light.
    """
    return _unmixed(images, COMPOSITION if kind == LIGHT else ())


def means_of_tiles(pixels: np.ndarray) -> np.ndarray:
    """(tile, y, x, value) to float64 (tile, value)."""
    return np.asarray(pixels.mean((1, 2)))


def means_of_instances(pixels: np.ndarray, instance: np.ndarray) -> np.ndarray:
    """Means over every nucleus of every tile: float64 (nucleus, value).

    Args:
        pixels: (tile, y, x, value).
        instance: (tile, y, x), ids within a tile; 0 is background.
    """
    found = []
    for own, ids in zip(pixels, instance, strict=True):
        inside = ids > 0
        names, place = np.unique(ids[inside], return_inverse=True)
        sums = np.zeros((len(names), pixels.shape[-1]))
        np.add.at(sums, place, own[inside])
        found.append(sums / np.bincount(place, minlength=len(names))[:, None])
    return np.concatenate(found) if found else np.empty((0, pixels.shape[-1]))


def _unmixed(images: np.ndarray, stains: tuple[str, ...]) -> np.ndarray:
    return (
        np.asarray(rgb2hed(images)[..., [COLUMNS[name] for name in stains]])
        if stains
        else np.empty((*images.shape[:3], 0))
    )
