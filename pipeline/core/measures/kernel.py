"""How far two clouds of features lie apart, by the mean of a kernel. Bińkowski et al., Demystifying MMD GANs, 2018."""

from dataclasses import dataclass

import numpy as np

DEGREE = 3
ROWS = 1024  # features whose kernel with all others is held at a time


@dataclass(frozen=True)
class Kernel:
    """The kernel distance between tiles and a target's, by the features of a network that has a name.

    No two patients of a side have the same tiles, so that sums of the kernel by pairs of patients are all that is kept.

    Args:
        extractor: str (), which network; the metric bears its name.
        counts: float64 (patient,), tiles.
        target_counts: Likewise, of the target.
        sums: float64 (patient, patient), of the kernel between tiles of either, no tile with itself.
        target_sums: Likewise, of the target.
        cross: float64 (patient, patient), between tiles, rows, and the target's.
    """

    extractor: np.ndarray
    counts: np.ndarray
    target_counts: np.ndarray
    sums: np.ndarray
    target_sums: np.ndarray
    cross: np.ndarray

    @classmethod
    def of(
        cls,
        extractor: str,
        features: np.ndarray,
        patient: np.ndarray,
        target: np.ndarray,
        target_patient: np.ndarray,
        patients: int,
    ) -> "Kernel":
        """Of features (tile, feature) and the patient (tile,) of each, an int below ``patients``, on both sides."""
        one, other = _member(patient, patients), _member(target_patient, patients)
        return cls(
            np.array(extractor),
            one.sum(0),
            other.sum(0),
            _sums(features, features, one, one) - np.diag(one.T @ _own(features)),
            _sums(target, target, other, other) - np.diag(other.T @ _own(target)),
            _sums(features, target, one, other),
        )

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """The distance, by the extractor's name; see :class:`pipeline.core.measures.pool.Pool`."""
        own, target = weights @ self.counts, weights @ self.target_counts
        pairs = np.square(own) - np.square(weights) @ self.counts
        target_pairs = np.square(target) - np.square(weights) @ self.target_counts
        with np.errstate(invalid="ignore", divide="ignore"):
            within = _quadratic(weights, self.sums) / pairs + _quadratic(weights, self.target_sums) / target_pairs
            found = within - 2 * _quadratic(weights, self.cross) / (own * target)
        return {str(self.extractor): np.where((pairs > 0) & (target_pairs > 0), found, np.nan)}


def kid(one: np.ndarray, other: np.ndarray) -> float:
    """The square of the maximum mean discrepancy without bias, about 0 or a little below it of clouds that are alike.

    It is the mean over all subsets of the tiles, of which others draw a hundred.

    Args:
        one: float (tile, feature).
        other: float (tile, feature).
    """
    at = [np.zeros(len(side), np.int64) for side in (one, other)]
    return float(Kernel.of("", one, at[0], other, at[1], 1).values(np.ones((1, 1)))[""][0])


def polynomial(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """``(x y / d + 1)^3`` of features (tile, d): float64 (len(one), len(other))."""
    return np.asarray((one.astype(np.float64) @ other.T.astype(np.float64) / one.shape[1] + 1) ** DEGREE)


def _own(features: np.ndarray) -> np.ndarray:
    """The kernel of each with itself."""
    return np.asarray((np.square(features.astype(np.float64)).sum(1) / features.shape[1] + 1) ** DEGREE)


def _member(patient: np.ndarray, patients: int) -> np.ndarray:
    return np.asarray(np.eye(patients)[patient])


def _sums(one: np.ndarray, other: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    parts = [slice(start, start + ROWS) for start in range(0, len(one), ROWS)]
    found = [rows[part].T @ (polynomial(one[part], other) @ columns) for part in parts]
    return np.sum(found, axis=0) if found else np.zeros((rows.shape[1], columns.shape[1]))


def _quadratic(weights: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return np.asarray(((weights @ matrix) * weights).sum(1))
