"""How far vectors, such as the mean colours of slides, lie from their mean."""

from dataclasses import dataclass

import numpy as np

from pipeline.core.measures.pool import chunks


@dataclass(frozen=True)
class Dispersion:
    """Mean Euclidean distance of vectors to their mean.

    Args:
        vectors: float64 (unit, dimension).
        patient: int (unit,), from 0.
    """

    vectors: np.ndarray
    patient: np.ndarray

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """``dispersion``; see :class:`pipeline.core.measures.pool.Pool`."""
        parts = [
            dispersion(self.vectors, weights[rows][:, self.patient]) for rows in chunks(len(weights), self.vectors.size)
        ]
        return {"dispersion": np.concatenate(parts)}


def dispersion(vectors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted mean distance to the weighted mean: float64 (resample,).

    Args:
        vectors: float64 (unit, dimension).
        weights: float (resample, unit).
    """
    total = weights.sum(1)
    centres = (weights @ vectors) / total[:, None]
    distances = np.linalg.norm(vectors - centres[:, None], axis=2)
    return np.asarray((weights * distances).sum(1) / total)
