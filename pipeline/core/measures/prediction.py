"""Predicted values: R2 and Spearman's correlation of tiles, exact under any weights of the patients."""

from dataclasses import dataclass

import numpy as np

from pipeline.core.measures.pool import chunks

ROUNDING = 1e-12  # of a variance: what is below it is none


@dataclass(frozen=True)
class Prediction:
    """Predicted values of tiles.

    Args:
        truth: float64 (tile,).
        patient: int (tile,), from 0.
        predicted: float32 (draw, tile); metrics are means over the draws.
    """

    truth: np.ndarray
    patient: np.ndarray
    predicted: np.ndarray

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """``r2`` and ``spearman``; see :class:`pipeline.core.measures.pool.Pool`."""
        each = [
            {
                "r2": r2(self.truth, predicted, self.patient, weights),
                "spearman": self._spearman(predicted, weights),
            }
            for predicted in self.predicted.astype(np.float64)
        ]
        return {metric: np.mean([found[metric] for found in each], axis=0) for metric in each[0]}

    def _spearman(self, predicted: np.ndarray, weights: np.ndarray) -> np.ndarray:
        rows = chunks(len(weights), len(self.truth))
        return np.concatenate([spearman(self.truth, predicted, weights[part][:, self.patient]) for part in rows])


def r2(truth: np.ndarray, predicted: np.ndarray, patients: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Share of the variance of ``truth`` that is explained: 1 - residual / total sum of squares.

    Args:
        truth: float64 (tile,).
        predicted: float64 (tile,).
        patients: int (tile,), from 0.
        weights: float (resample, patient), how often each patient is taken.

    Returns:
        float64 (resample,) up to 1; NaN where the truth does not vary.
    """
    about = truth - truth.mean()
    about[np.abs(about) < ROUNDING * np.abs(truth).max(initial=0.0)] = 0.0
    terms = (np.ones_like(about), about, about**2, (truth - predicted) ** 2)
    summed = (np.bincount(patients, weights=term, minlength=weights.shape[1]) for term in terms)
    tiles, first, second, residual = (weights @ column for column in summed)
    with np.errstate(invalid="ignore", divide="ignore"):
        total = second - first**2 / tiles
        return np.where(total > ROUNDING * second, 1 - residual / total, np.nan)


def spearman(one: np.ndarray, other: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Pearson correlation of the ranks, ties sharing their mean rank.

    Args:
        one: float (tile,).
        other: float (tile,).
        weights: float (resample, tile), how often each tile is taken.

    Returns:
        float64 (resample,) in [-1, 1]; NaN where either does not vary.
    """
    total = weights.sum(1, keepdims=True)
    a, b = (ranks(values, weights) for values in (one, other))
    a, b = (x - (weights * x).sum(1, keepdims=True) / total for x in (a, b))
    covariance, first, second = ((weights * x).sum(1) for x in (a * b, a * a, b * b))
    varies = np.minimum(first, second) > ROUNDING * total[:, 0] ** 3
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(varies, covariance / np.sqrt(first * second), np.nan)


def ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean rank of every tile, less one half, when each is taken ``weights`` times: float64 (resample, tile)."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    order = np.argsort(group, kind="stable")
    starts = np.cumsum([0, *counts[:-1]])
    held = np.add.reduceat(weights[:, order], starts, axis=1)  # (resample, distinct value)
    return np.asarray((held.cumsum(1) - held / 2)[:, group])
