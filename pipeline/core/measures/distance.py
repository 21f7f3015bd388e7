"""How far vectors, such as the colours of slides, lie from a target's, and the means of groups from one another."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np


@dataclass(frozen=True)
class Distance:
    """Mean Euclidean distance of vectors to the mean of a target's, under several conditions.

    Args:
        names: str (condition,).
        vectors: float64 (condition, unit, dimension).
        patient: int (unit,), from 0.
        target: float64 (target unit, dimension).
        target_patient: int (target unit,), counted with the others.
    """

    names: np.ndarray
    vectors: np.ndarray
    patient: np.ndarray
    target: np.ndarray
    target_patient: np.ndarray

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """Every condition's distance; see :class:`pipeline.core.measures.pool.Pool`."""
        centres = means(self.target, weights[:, self.target_patient])
        own = weights[:, self.patient]
        found = {}
        for name, vectors in zip(self.names, self.vectors, strict=True):
            lengths = np.stack([np.linalg.norm(vectors - centre, axis=1) for centre in centres])
            with np.errstate(invalid="ignore"):
                found[str(name)] = (own * lengths).sum(1) / own.sum(1)
        return found


@dataclass(frozen=True)
class Gaps:
    """Euclidean distance between the means of every two groups, named by the pair.

    Args:
        groups: str (group,).
        vectors: float64 (unit, dimension).
        group: int (unit,), a position among the groups.
        patient: int (unit,), from 0.
    """

    groups: np.ndarray
    vectors: np.ndarray
    group: np.ndarray
    patient: np.ndarray

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """``one-other`` of every pair; NaN where one of them has no patient left."""
        centres = []
        for place in range(len(self.groups)):
            rows = np.flatnonzero(self.group == place)
            centres.append(means(self.vectors[rows], weights[:, self.patient[rows]]))
        named = zip(self.groups.tolist(), centres, strict=True)
        return {f"{a}-{b}": np.linalg.norm(one - other, axis=1) for (a, one), (b, other) in combinations(named, 2)}


def means(vectors: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted means: float64 (resample, dimension); NaN where nothing has a weight.

    Args:
        vectors: float (unit, dimension).
        weights: float (resample, unit).
    """
    with np.errstate(invalid="ignore"):
        return np.asarray((weights @ vectors) / weights.sum(1)[:, None])
