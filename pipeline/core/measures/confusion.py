"""Accuracy and balanced accuracy from confusion matrices, so that resampling patients is a sum."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Confusion:
    """Confusion matrices by patient.

    Args:
        counts: float64 (patient, true class, predicted class).
    """

    counts: np.ndarray

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """``accuracy`` and ``balanced_accuracy``; see :class:`pipeline.core.measures.pool.Pool`."""
        pooled = np.tensordot(weights, self.counts, 1)  # (resample, class, class)
        return {"accuracy": accuracy(pooled), "balanced_accuracy": balanced_accuracy(pooled)}


def confusions(labels: np.ndarray, predicted: np.ndarray, patients: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """One confusion matrix per patient.

    Args:
        labels: int (tile,).
        predicted: int (tile,).
        patients: int (tile,).
        shape: Number of patients, number of classes.

    Returns:
        float64 (patient, true class, predicted class), counts of tiles.
    """
    count, classes = shape
    cells = (patients * classes + labels) * classes + predicted
    return np.bincount(cells, minlength=count * classes**2).reshape(count, classes, classes).astype(float)


def accuracy(confusion: np.ndarray) -> np.ndarray:
    """Share of tiles on the diagonal: (..., class, class) to (...,); NaN without tiles."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.trace(confusion, axis1=-2, axis2=-1) / confusion.sum((-2, -1)))


def balanced_accuracy(confusion: np.ndarray) -> np.ndarray:
    """Mean recall over the classes that occur: (..., class, class) to (...,); NaN without tiles."""
    support = confusion.sum(-1)
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    present = support > 0
    recall = np.divide(hits, support, out=np.zeros_like(hits), where=present)
    with np.errstate(invalid="ignore"):
        return np.asarray(recall.sum(-1) / present.sum(-1))
