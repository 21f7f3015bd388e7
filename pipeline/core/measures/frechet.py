"""How far two clouds of features lie apart, as Gaussians. Heusel et al., NeurIPS 2017."""

from dataclasses import dataclass

import numpy as np

LEAST = 2  # tiles that have a covariance


@dataclass(frozen=True)
class Moments:
    """Features of tiles, summed by patient.

    Args:
        patient: int (unit,), each once.
        counts: float64 (unit,), tiles.
        sums: float64 (unit, feature).
        products: float64 (unit, feature, feature), sums of outer products.
    """

    patient: np.ndarray
    counts: np.ndarray
    sums: np.ndarray
    products: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray, patient: np.ndarray) -> "Moments":
        """Of features (tile, feature) and the patient (tile,) of each."""
        features = features.astype(np.float64)
        names = np.unique(patient)
        own = [features[patient == name] for name in names]
        counts = np.array([len(part) for part in own], np.float64)
        return cls(names, counts, np.stack([p.sum(0) for p in own]), np.stack([p.T @ p for p in own]))

    def gaussian(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Mean (feature,) and unbiased covariance (feature, feature); None of fewer than LEAST tiles.

        Args:
            weights: float (patient,), how often each patient is taken.
        """
        own = weights[self.patient]
        count = own @ self.counts
        if count < LEAST:
            return None
        mean = own @ self.sums / count
        second = np.tensordot(own, self.products, 1)
        return mean, (second - count * np.outer(mean, mean)) / (count - 1)


@dataclass(frozen=True)
class Frechet:
    """The Fréchet distance between tiles and a target's, by the features of a network that has a name.

    Args:
        extractor: str (), which network; the metric bears its name.
        patient: See :class:`Moments`; so are the next three.
        counts: Of the tiles.
        sums: Likewise.
        products: Likewise.
        target_patient: And the same of the target.
        target_counts: Likewise.
        target_sums: Likewise.
        target_products: Likewise.
    """

    extractor: np.ndarray
    patient: np.ndarray
    counts: np.ndarray
    sums: np.ndarray
    products: np.ndarray
    target_patient: np.ndarray
    target_counts: np.ndarray
    target_sums: np.ndarray
    target_products: np.ndarray

    @classmethod
    def of(cls, extractor: str, own: Moments, target: Moments) -> "Frechet":
        """Of the moments of both."""
        sides = (own.patient, own.counts, own.sums, own.products)
        return cls(np.array(extractor), *sides, target.patient, target.counts, target.sums, target.products)

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """The distance, by the extractor's name; see :class:`pipeline.core.measures.pool.Pool`."""
        own = Moments(self.patient, self.counts, self.sums, self.products)
        target = Moments(self.target_patient, self.target_counts, self.target_sums, self.target_products)
        found = np.full(len(weights), np.nan)
        for place, row in enumerate(weights):
            one, other = own.gaussian(row), target.gaussian(row)
            if one and other:
                found[place] = frechet(*one, *other)
        return {str(self.extractor): found}


def frechet(mean: np.ndarray, covariance: np.ndarray, other_mean: np.ndarray, other: np.ndarray) -> float:
    """``|m - n|^2 + tr(C + D - 2 (C D)^(1/2))``, 0 or more.

    The trace of the root is that of the root of ``C^(1/2) D C^(1/2)``, which is symmetric, so that no eigenvalue is
    complex and none that is negative by rounding counts.

    Args:
        mean: float64 (feature,).
        covariance: float64 (feature, feature).
        other_mean: float64 (feature,).
        other: float64 (feature, feature).
    """
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    shared = np.sqrt(np.linalg.eigvalsh(root @ other @ root).clip(min=0)).sum()
    gap = np.square(mean - other_mean).sum()
    return float(max(0.0, gap + np.trace(covariance) + np.trace(other) - 2 * shared))
