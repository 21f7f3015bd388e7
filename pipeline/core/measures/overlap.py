"""Dice and intersection over union of classes, from pixels counted by patient."""

from dataclasses import dataclass

import numpy as np

from pipeline.core.measures.pool import mean_of_known


@dataclass(frozen=True)
class Overlap:
    """Pixels by patient, true class and found class, the background first.

    Args:
        names: str (class,), without the background.
        pixels: float64 (patient, class + 1, class + 1).
    """

    names: np.ndarray
    pixels: np.ndarray

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """``dice/CLASS`` and ``iou/CLASS``, their means ``dice`` and ``iou``, and those ``_with_background``.

        Means are over the classes that the truth or the prediction has a pixel of. See
        :class:`pipeline.core.measures.pool.Pool`.
        """
        pooled = np.tensordot(weights, self.pixels, 1)  # (resample, class, class)
        found: dict[str, np.ndarray] = {}
        for name, shares in (("dice", dice(pooled)), ("iou", iou(pooled))):
            found[name] = mean_of_known(shares[:, 1:])
            found[f"{name}_with_background"] = mean_of_known(shares)
            found |= {f"{name}/{kind}": shares[:, column] for column, kind in enumerate(self.names, 1)}
        return found


def pixels_of(truth: np.ndarray, found: np.ndarray, classes: int) -> np.ndarray:
    """Pixels of every tile by true and found class: int64 (tile, classes + 1, classes + 1).

    Args:
        truth: Class ids, uint8 (tile, y, x), 0 to ``classes``.
        found: Likewise.
        classes: How many there are, without the background.
    """
    count, every = len(truth), classes + 1
    tile = np.arange(count).reshape(-1, 1, 1)
    cells = (tile * every + truth) * every + found
    return np.bincount(cells.ravel(), minlength=count * every**2).reshape(count, every, every)


def dice(pixels: np.ndarray) -> np.ndarray:
    """``2 |A and B| / (|A| + |B|)``: (..., class, class) to (..., class); NaN where neither has a pixel."""
    both, truth, found = _sizes(pixels)
    with np.errstate(invalid="ignore"):
        return np.asarray(2 * both / (truth + found))


def iou(pixels: np.ndarray) -> np.ndarray:
    """``|A and B| / |A or B|``, likewise."""
    both, truth, found = _sizes(pixels)
    with np.errstate(invalid="ignore"):
        return np.asarray(both / (truth + found - both))


def _sizes(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return np.diagonal(pixels, axis1=-2, axis2=-1), pixels.sum(-1), pixels.sum(-2)
