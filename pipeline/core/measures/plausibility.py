"""How far painted tiles lie from real ones in what the eye sees first. Pure functions."""

import numpy as np
from scipy.spatial import cKDTree

LEAST = 1.0  # grey levels: what a figure of real tiles is taken to vary by where they are all alike
CLOSE = 0.05  # of what they vary by: real tiles are not taken to lie closer


def appearance(images: np.ndarray) -> np.ndarray:
    """Mean, standard deviation and mean step from pixel to pixel of every channel, in grey levels.

    Args:
        images: uint8 (tile, y, x, c).

    Returns:
        float64 (tile, 3 c).
    """
    values = images.astype(np.float32)
    steps = [np.abs(np.diff(values, axis=axis)).mean((1, 2)) for axis in (1, 2)]
    return np.concatenate([values.mean((1, 2)), values.std((1, 2)), sum(steps) / 2], 1).astype(np.float64)


def remoteness(made: np.ndarray, known: np.ndarray, reference: np.ndarray | None = None) -> float:
    """How much farther what was made lies from the nearest known tile than real tiles do; 1 where it lies as they do.

    Distances are Euclidean, in standard deviations of the known tiles, and of each group the median counts.

    Args:
        made: float (tile, feature), :func:`appearance` of what was painted.
        known: The same of real tiles, two at least.
        reference: The same of other real tiles; None: each of the known ones is compared with the others.
    """
    scale = np.maximum(known.std(0), LEAST)
    tree = cKDTree(known / scale)
    if reference is None or not len(reference):
        usual = np.median(tree.query(known / scale, k=2)[0][:, 1])
    else:
        usual = np.median(tree.query(reference / scale)[0])
    return float(np.median(tree.query(made / scale)[0]) / max(usual, CLOSE))
