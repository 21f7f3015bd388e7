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
        predicted: float32 (draw, tile).
        probe: int (patient,), which of several, such as those of folds, scored the tiles of each.
    """

    truth: np.ndarray
    patient: np.ndarray
    predicted: np.ndarray
    probe: np.ndarray

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """``r2`` and ``spearman`` of every draw; see :class:`pipeline.core.measures.pool.Pool`.

        Tiles of several probes are compared with those of their own alone: what differs from one probe to the next,
        such as a threshold, is no merit of either. R2 is of the sums of all squares, Spearman's correlation the mean
        over probes, weighted by tiles.
        """
        predicted = self.predicted.astype(np.float64)
        parts = [np.flatnonzero(self.probe[self.patient] == probe) for probe in np.unique(self.probe)]
        ranked = [self._ranked(rows, weights, predicted[:, rows]) for rows in parts]
        tiles = np.stack([weights[:, self.patient[rows]].sum(1) for rows in parts])[:, None]
        means = np.where(tiles > 0, tiles * np.stack(ranked), 0).sum(0) / tiles.sum(0)
        explained = [
            r2([squares(self.truth[rows], drawn[rows], self.patient[rows], weights) for rows in parts])
            for drawn in predicted
        ]
        return {"r2": np.stack(explained), "spearman": means}

    def _ranked(self, rows: np.ndarray, weights: np.ndarray, predicted: np.ndarray) -> np.ndarray:
        """Spearman's correlation of the tiles at ``rows``: (draw, resample)."""
        truth, patient = self.truth[rows], self.patient[rows]
        parts = chunks(len(weights), len(truth))
        return np.hstack([spearman(truth, predicted, weights[part][:, patient]) for part in parts])


Squares = tuple[np.ndarray, np.ndarray, np.ndarray]


def r2(parts: list[Squares]) -> np.ndarray:
    """Share of the variance of the truth that is explained: 1 - residual / total sum of squares.

    Args:
        parts: :func:`squares` of tiles that are compared with one another.

    Returns:
        float64 (resample,) up to 1; NaN where the truth does not vary.
    """
    residual, total, scale = (np.sum(column, axis=0) for column in zip(*parts, strict=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > ROUNDING * scale, 1 - residual / total, np.nan)


def squares(truth: np.ndarray, predicted: np.ndarray, patients: np.ndarray, weights: np.ndarray) -> Squares:
    """Residual and total sum of squares, and the sum to which rounding of the latter is in proportion.

    Args:
        truth: float64 (tile,).
        predicted: float64 (tile,).
        patients: int (tile,), from 0.
        weights: float (resample, patient), how often each patient is taken.

    Returns:
        float64 (resample,) each.
    """
    about = truth - truth.mean()
    about[np.abs(about) < ROUNDING * np.abs(truth).max(initial=0.0)] = 0.0
    terms = (np.ones_like(about), about, about**2, (truth - predicted) ** 2)
    summed = (np.bincount(patients, weights=term, minlength=weights.shape[1]) for term in terms)
    tiles, first, second, residual = (weights @ column for column in summed)
    return residual, second - np.divide(first**2, tiles, out=np.zeros_like(first), where=tiles > 0), second


def spearman(truth: np.ndarray, predicted: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Pearson correlation of the ranks, ties sharing their mean rank.

    Args:
        truth: float (tile,).
        predicted: float (draw, tile).
        weights: float (resample, tile), how often each tile is taken.

    Returns:
        float64 (draw, resample) in [-1, 1]; 0 where only the prediction does not vary, NaN where the truth does not.
    """
    total = weights.sum(1)
    least = ROUNDING * total**3
    mean = total[:, None] / 2  # of ranks less one half, whatever the ties
    a = ranks(truth, weights) - mean
    weighted = weights * a
    first = np.einsum("rt,rt->r", weighted, a)
    found = np.zeros((len(predicted), len(weights)))
    for own, drawn in zip(found, predicted, strict=True):
        b = ranks(drawn, weights) - mean
        covariance, second = np.einsum("rt,rt->r", weighted, b), np.einsum("rt,rt->r", weights * b, b)
        np.divide(covariance, np.sqrt(first * second), out=own, where=np.minimum(first, second) > least)
    return np.where(first > least, found, np.nan)


def ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean rank of every tile, less one half, when each is taken ``weights`` times: float64 (resample, tile)."""
    _, group, counts = np.unique(values, return_inverse=True, return_counts=True)
    order = np.argsort(group, kind="stable")
    starts = np.cumsum([0, *counts[:-1]])
    held = np.add.reduceat(weights[:, order], starts, axis=1)  # (resample, distinct value)
    return np.asarray((held.cumsum(1) - held / 2)[:, group])
