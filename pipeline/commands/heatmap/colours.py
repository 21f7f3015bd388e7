"""Colours of classes and values on a slide."""

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize, to_rgb

from pipeline.report.drawing import PALETTE

MAP = "viridis"
FAINT, STRONG = 0.3, 0.75  # opacity of a class that is guessed, and of one that is sure
OPAQUE = 0.55  # of values


def colour(place: int) -> str:
    """Of the class at a place."""
    return PALETTE[place % len(PALETTE)]


def rgb(place: int) -> tuple[int, int, int]:
    """The same, 0 to 255."""
    red, green, blue = (round(255 * share) for share in to_rgb(colour(place)))
    return red, green, blue


def painted(boxes: np.ndarray, predicted: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """What is said of every pixel: the mean over the tiles that hold it, NaN where there is none.

    Args:
        boxes: float64 (tile, 4), x0, y0, x1, y1 in pixels of the picture.
        predicted: float64 (tile, n).
        shape: (y, x) of the picture.

    Returns:
        float64 (y, x, n).
    """
    total, count = np.zeros((*shape, predicted.shape[1])), np.zeros((*shape, 1))
    near = boxes.round(6)
    whole = np.hstack([np.floor(near[:, :2]), np.ceil(near[:, 2:])]).astype(int)  # no gap between two tiles
    for (x0, y0, x1, y1), said in zip(whole.tolist(), predicted, strict=True):
        place = np.s_[y0:y1, x0:x1]
        total[place] += said
        count[place] += 1
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)


def of_classes(field: np.ndarray) -> np.ndarray:
    """The colour of the likeliest class, the stronger the surer: float64 (y, x, 4) of probabilities (y, x, class)."""
    known = ~np.isnan(field[..., 0])
    best, sure = np.nan_to_num(field).argmax(-1), np.nan_to_num(field).max(-1)
    chance = 1 / field.shape[-1]
    share = np.clip((sure - chance) / (1 - chance), 0, 1) if chance < 1 else sure
    colours = np.array([rgb(place) for place in range(field.shape[-1])]) / 255
    opacity = np.where(known, FAINT + (STRONG - FAINT) * share, 0)
    return np.concatenate([colours[best], opacity[..., None]], axis=-1)


def of_values(field: np.ndarray, scale: Normalize) -> np.ndarray:
    """Colours of values on a scale: float64 (y, x, 4) of float64 (y, x), NaN = none."""
    colours = np.asarray(colormaps[MAP](scale(np.nan_to_num(field))))
    colours[..., 3] = np.where(np.isnan(field), 0, OPAQUE)
    return colours
