"""Weighted means, such as the SSIM of slides: sums and counts by patient."""

from dataclasses import dataclass
from typing import Self

import numpy as np


@dataclass(frozen=True)
class Means:
    """Means of several metrics.

    Args:
        names: str (metric,).
        sums: float64 (metric, patient).
        counts: float64 (metric, patient): units, or pixels, behind each sum.
    """

    names: np.ndarray
    sums: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, names: list[str], measured: np.ndarray, patient: np.ndarray) -> Self:
        """Of units that count alike.

        Args:
            names: Of the metrics.
            measured: float (unit, metric); NaN = not measured.
            patient: int (unit,), from 0.
        """
        count = int(patient.max()) + 1
        known = ~np.isnan(measured)
        filled = np.where(known, measured, 0.0)
        sums, counts = (
            np.stack([np.bincount(patient, weights=column, minlength=count) for column in table.T])
            for table in (filled, known.astype(np.float64))
        )
        return cls(np.array(names), sums, counts)

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """Every metric's mean; see :class:`pipeline.core.measures.pool.Pool`."""
        with np.errstate(invalid="ignore"):
            means = (weights @ self.sums.T) / (weights @ self.counts.T)
        return {str(name): means[:, column] for column, name in enumerate(self.names)}


@dataclass(frozen=True)
class Together(Means):
    """Means of what was measured on all patients together, such as ranks among all their tiles.

    What a resample of the patients would have given is not known, so that it has no interval.
    """

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """Every metric's mean over all patients in row 0, NaN in the others."""
        rest = np.full(len(weights) - 1, np.nan)
        whole = super().values(np.ones((1, weights.shape[1])))
        return {name: np.concatenate([value, rest]) for name, value in whole.items()}


@dataclass(frozen=True)
class Largest:
    """The largest of some units' values. A resample of patients cannot exceed it, so it has no interval.

    Args:
        largest: float64 (patient,).
    """

    largest: np.ndarray

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """``largest`` of all patients in row 0, NaN in the others."""
        return {"largest": np.concatenate([[self.largest.max()], np.full(len(weights) - 1, np.nan)])}
