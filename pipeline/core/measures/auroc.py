"""Macro one-vs-rest AUROC, exact under any weights of the patients.

AUROC is the share of (positive, negative) pairs of tiles in which the positive scores higher. With
the wins counted once per pair of patients, a resample of patients is a quadratic form.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Wins:
    """Sufficient statistics of one set of scores.

    Args:
        wins: float64 (class, patient, patient): wins of positives of the first over negatives of the
            second; a tie counts half.
        positives: float64 (class, patient), tiles of the class.
        negatives: float64 (class, patient), tiles of other classes.
        together: float64 (patient, patient), 1 where tiles of both were told apart by one and the same probe.
    """

    wins: np.ndarray
    positives: np.ndarray
    negatives: np.ndarray
    together: np.ndarray

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """``auroc``; see :class:`pipeline.core.measures.pool.Pool`."""
        return {"auroc": auroc(self, weights)}


def count_wins(labels: np.ndarray, scores: np.ndarray, patients: np.ndarray, probes: np.ndarray) -> Wins:
    """Counts the wins between patients.

    Args:
        labels: int (tile,).
        scores: float (tile, class).
        patients: int (tile,), from 0.
        probes: int (patient,), which of several scored the tiles of each: what two of them say does not compare.
    """
    classes, count = scores.shape[1], len(probes)
    together = probes[:, None] == probes[None]
    wins = np.zeros((classes, count, count))
    positives = np.zeros((classes, count))
    negatives = np.zeros((classes, count))
    for c in range(classes):
        own = labels == c
        positives[c] = np.bincount(patients[own], minlength=count)
        negatives[c] = np.bincount(patients[~own], minlength=count)
        score = scores[:, c].astype(np.float64)
        for q in np.flatnonzero(negatives[c]):
            against = np.sort(score[~own & (patients == q)])
            below = np.searchsorted(against, score[own]) + np.searchsorted(against, score[own], side="right")
            wins[c, :, q] = np.bincount(patients[own], weights=below / 2, minlength=count) * together[:, q]
    return Wins(wins, positives, negatives, together.astype(np.float64))


def auroc(counted: Wins, weights: np.ndarray) -> np.ndarray:
    """Mean AUROC over the classes that have positives and negatives.

    Args:
        counted: See :func:`count_wins`.
        weights: float (resample, patient), how often each patient is taken.

    Returns:
        float64 (resample,); NaN where no class has both.
    """
    won = np.einsum("rp,cpq,rq->rc", weights, counted.wins, weights, optimize=True)
    met = np.einsum("cp,pq,cq->cpq", counted.positives, counted.together, counted.negatives)
    pairs = np.einsum("rp,cpq,rq->rc", weights, met, weights, optimize=True)
    present = pairs > 0
    share = np.divide(won, pairs, out=np.zeros_like(won), where=present)
    with np.errstate(invalid="ignore"):
        return np.asarray(share.sum(1) / present.sum(1))
