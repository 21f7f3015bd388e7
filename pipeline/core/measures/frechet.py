"""How far two clouds of features lie apart, as Gaussians. Heusel et al., NeurIPS 2017."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

LEAST = 2  # tiles that have a covariance
WORK = 1 << 38  # resamples times the cube of what is decomposed for each, some minutes: of more there is no interval
Gaussian = tuple[np.ndarray, np.ndarray]  # mean, and a root of the covariance; see :func:`frechet`


@dataclass(frozen=True)
class Features:
    """Features of tiles. Kept as they are: sums by patient of the products of 2048 would be 34 MB for each.

    Args:
        patient: int (tile,).
        features: float (tile, feature).
    """

    patient: np.ndarray
    features: np.ndarray

    @property
    def rank(self) -> int:
        """What is decomposed for a resample: a matrix of features, or of tiles where these are fewer."""
        return int(min(self.features.shape))

    def gaussians(self, weights: np.ndarray) -> Iterator[Gaussian | None]:
        """Mean and root of the unbiased covariance for each resample; None of fewer than LEAST tiles.

        Args:
            weights: float (resample, patient), how often each patient is taken.
        """
        features = self.features.astype(np.float64)
        few = len(features) <= features.shape[1]
        products = None if few else features.T @ features
        for row in weights:
            own = row[self.patient]
            count = own.sum()
            if count < LEAST:
                yield None
                continue
            mean = own @ features / count
            if products is None:
                taken = own > 0
                yield mean, (features[taken] - mean) * np.sqrt(own[taken] / (count - 1))[:, None]
            else:
                changed = own != 1  # all but a patient's tiles are in most resamples
                part = features[changed]
                second = products + (part * (own[changed] - 1)[:, None]).T @ part
                yield mean, _root((second - count * np.outer(mean, mean)) / (count - 1))


@dataclass(frozen=True)
class Frechet:
    """The Fréchet distance between tiles and a target's, by the features of a network that has a name.

    Args:
        extractor: str (), which network; the metric bears its name.
        patient: See :class:`Features`.
        features: Of the tiles.
        target_patient: And the same of the target.
        target_features: Likewise.
    """

    extractor: np.ndarray
    patient: np.ndarray
    features: np.ndarray
    target_patient: np.ndarray
    target_features: np.ndarray

    @classmethod
    def of(cls, extractor: str, own: Features, target: Features) -> "Frechet":
        """Of both sides."""
        return cls(np.array(extractor), own.patient, own.features, target.patient, target.features)

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """The distance, by the extractor's name; see :class:`pipeline.core.measures.pool.Pool`.

        Where there are so many patients and features that it would be more than WORK, the first resample alone has one,
        and so there is no interval.
        """
        own = Features(self.patient, self.features)
        target = Features(self.target_patient, self.target_features)
        found = np.full(len(weights), np.nan)
        asked = weights if len(weights) * max(own.rank, target.rank) ** 3 <= WORK else weights[:1]
        for place, (one, other) in enumerate(zip(own.gaussians(asked), target.gaussians(asked), strict=True)):
            if one and other:
                found[place] = frechet(*one, *other)
        return {str(self.extractor): found}


def frechet(mean: np.ndarray, root: np.ndarray, other_mean: np.ndarray, other: np.ndarray) -> float:
    """``|m - n|^2 + tr(C + D - 2 (C D)^(1/2))``, 0 or more.

    With ``C = A'A`` and ``D = B'B`` the trace of the root is the sum of the singular values of ``A B'``: no eigenvalue
    is complex, and none that is negative by rounding counts.

    Args:
        mean: float64 (feature,).
        root: A, float64 (any, feature).
        other_mean: float64 (feature,).
        other: B, float64 (any, feature).
    """
    shared = root @ other.T if len(root) <= len(other) else other @ root.T
    squares = np.linalg.eigvalsh(shared @ shared.T)
    gap = np.square(mean - other_mean).sum() + np.square(root).sum() + np.square(other).sum()
    return float(max(0.0, gap - 2 * np.sqrt(squares.clip(min=0)).sum()))


def _root(covariance: np.ndarray) -> np.ndarray:
    """A with A'A the covariance: (feature, feature)."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray((vectors * np.sqrt(values.clip(min=0))).T)
