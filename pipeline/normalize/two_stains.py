"""What methods share that know a slide by the vectors of its two stains."""

import numpy as np
from skimage.color import rgb2lab

from pipeline.core.files import Json
from pipeline.core.stain.density import TYPICAL_MATRIX, TYPICAL_P99, stain_amounts
from pipeline.core.stain.rules import StainRule
from pipeline.normalize.normalizer import FittedNormalizer

LEAST_PIXELS = 100
LEAST_RATIO = 1e-3  # second over first eigenvalue of the density covariance; below, all pixels have one hue
# Degrees; vectors nearer than this are one stain and its noise, which unmixing would multiply by 1 / sin. Those of
# public pictures of H&E are more than 6 apart by Vahadane's method and 11 by Macenko's.
LEAST_ANGLE = 6.0
LEAST_AMOUNT = 0.1  # 99th percentile, of density, of a stain that is there; what less is brought to a target's is noise
TYPICAL: Json = {"matrix": TYPICAL_MATRIX.tolist(), "p99": TYPICAL_P99.tolist(), "fallback": True}
# what two slides are compared by: haematoxylin and eosin as shares of what a slide has of them at most
AMOUNTS = np.array([[0.5, 0.0], [1.0, 0.0], [0.0, 0.5], [0.0, 1.0], [0.5, 0.5], [1.0, 1.0]])


class TwoStains(FittedNormalizer):
    """A fit is ``matrix`` (3, 2), unit columns haematoxylin and eosin, and ``p99`` (2,) of their amounts in tissue.

    Where the pixels do not tell two stains apart, by plane, vectors or amounts, the fit is torchstain's target and
    ``fallback`` is True.

    Args:
        io: Background intensity.
        offset: Added to intensities before the logarithm.
        penalty: Of the amounts, which are then none below zero; None for least squares.
        rescale: Whether amounts are brought to the target's 99th percentiles.
    """

    def __init__(self, *, io: float, offset: float, penalty: float | None = None, rescale: bool = True) -> None:
        self.io, self.offset, self.penalty, self.rescale = io, offset, penalty, rescale

    def fitted(self, density: np.ndarray, matrix: np.ndarray, **more: float) -> Json:
        """The fit of tissue, float (pixel, 3), whose stains are the unit columns of ``matrix`` (3, 2)."""
        if matrix[:, 0] @ matrix[:, 1] > np.cos(np.deg2rad(LEAST_ANGLE)):
            return dict(TYPICAL)
        p99 = np.percentile(stain_amounts(density, matrix, penalty=self.penalty), 99, axis=0)
        if (p99 < LEAST_AMOUNT).any():
            return dict(TYPICAL)
        return {"matrix": matrix.tolist(), "p99": p99.tolist(), "fallback": False, **more}

    def rule(self, fit: Json, target: Json) -> StainRule:
        """Unmixes with the slide's vectors, rescales to the target's 99th percentiles, mixes with the target's."""
        scale = np.array(target["p99"]) / fit["p99"] if self.rescale else np.ones(2)
        return StainRule(
            io=self.io,
            offset=self.offset,
            gain=fit.get("gain", 1.0),
            source=fit["matrix"],
            scale=tuple(scale.tolist()),
            target=target["matrix"],
            penalty=self.penalty,
        )

    def distance(self, one: Json, other: Json) -> float:
        """Mean CIELAB distance between the colours that AMOUNTS of stain have on both slides.

        So both the hue of the stains and their strength count, as far as they are seen.
        """
        return float(np.linalg.norm(self._colours(one) - self._colours(other), axis=1).mean())

    def _colours(self, fit: Json) -> np.ndarray:
        """CIELAB of AMOUNTS, in units of the fit's 99th percentiles: float64 (amount, 3)."""
        grey = self.io * np.exp(-(AMOUNTS * np.array(fit["p99"])) @ np.array(fit["matrix"]).T)
        return np.asarray(rgb2lab(np.clip(grey, 0, 255) / 255))


def main_plane(density: np.ndarray) -> np.ndarray | None:
    """The two main directions of density, float (pixel, 3), as columns (3, 2), first components positive.

    None where there are too few pixels, or only one hue.
    """
    if len(density) < LEAST_PIXELS:
        return None
    values, vectors = np.linalg.eigh(np.cov(density, rowvar=False))
    if not values[1] > LEAST_RATIO * values[2]:
        return None
    plane = vectors[:, [2, 1]]
    return np.asarray(plane * np.where(plane[0] < 0, -1.0, 1.0))  # LAPACK builds differ in sign


def unit_columns(vectors: np.ndarray) -> np.ndarray:
    """Two stain vectors (3, 2), scaled to length 1, haematoxylin first: it absorbs more red."""
    ordered = vectors[:, np.argsort(-vectors[0] / np.linalg.norm(vectors, axis=0))]
    return np.asarray(ordered / np.linalg.norm(ordered, axis=0))
