"""Macenko et al., A method for normalizing histology slides for quantitative analysis, ISBI 2009."""

import numpy as np
from skimage.color import rgb2lab

from pipeline.core.errors import StudyError
from pipeline.core.files import Json
from pipeline.normalize.density import (
    TYPICAL_MATRIX,
    TYPICAL_P99,
    concentrations,
    intensity,
    optical_density,
)
from pipeline.normalize.normalizer import FittedNormalizer

LEAST_PIXELS = 100
LEAST_RATIO = 1e-3  # second over first eigenvalue of the density covariance; below, all pixels have one hue
TYPICAL: Json = {"matrix": TYPICAL_MATRIX.tolist(), "p99": TYPICAL_P99.tolist(), "fallback": True}
# what two slides are compared by: haematoxylin and eosin as shares of what a slide has of them at most
AMOUNTS = np.array([[0.5, 0.0], [1.0, 0.0], [0.0, 0.5], [0.0, 1.0], [0.5, 0.5], [1.0, 1.0]])


class Macenko(FittedNormalizer):
    """Two stain vectors from the extreme angles in the plane of the two main directions of density.

    Args:
        io: Background intensity; 255, or 240 as in torchstain.
        offset: Added to intensities before the logarithm; 0, or 1 as in torchstain.
        beta: Density below which a pixel is transparent and ignored.
        alpha: Percentile of the angles taken as extreme.
        mask: ``mean`` drops pixels whose mean density is below beta; ``any``, as in torchstain, those
            with any channel below it. Eosin absorbs little red, so ``any`` drops pure eosin and
            biases its vector by some 8 degrees.
    """

    def __init__(self, io: float, offset: float, beta: float, alpha: float, mask: str) -> None:
        if mask not in ("mean", "any"):
            raise StudyError(f"unknown mask {mask!r}", where="normalize.options.mask", fix="one of: mean, any")
        self.io, self.offset, self.beta, self.alpha, self.mask = io, offset, beta, alpha, mask

    def fit(self, pixels: np.ndarray) -> Json:
        """Stain matrix and 99th percentiles.

        Args:
            pixels: uint8 (pixel, 3).

        Returns:
            ``matrix`` (3, 2) of unit columns haematoxylin, eosin; ``p99`` (2,) of the concentrations
            of tissue. Where there is too little tissue or only one hue they are torchstain's target,
            and ``fallback`` is True.
        """
        density = optical_density(pixels, io=self.io, offset=self.offset)
        level = density.mean(1) if self.mask == "mean" else density.min(1)
        density = density[level > self.beta]
        plane = _plane(density)
        if plane is None:
            return dict(TYPICAL)
        projected = density @ plane
        angle = np.arctan2(projected[:, 1], projected[:, 0])
        extremes = np.percentile(angle, (self.alpha, 100 - self.alpha))
        vectors = plane @ np.stack([np.cos(extremes), np.sin(extremes)])
        vectors = vectors[:, np.argsort(-vectors[0])]  # haematoxylin absorbs more red
        matrix = vectors / np.linalg.norm(vectors, axis=0)
        p99 = np.percentile(concentrations(density, matrix), 99, axis=0)
        return {"matrix": matrix.tolist(), "p99": p99.tolist(), "fallback": False}

    def transform(self, tiles: np.ndarray, fit: Json, target: Json) -> np.ndarray:
        """Unmixes with the slide's vectors, rescales to the target's 99th percentiles, mixes with the target's."""
        density = optical_density(tiles.reshape(-1, 3), io=self.io, offset=self.offset)
        scale = np.array(target["p99"]) / np.maximum(fit["p99"], 1e-6)
        amounts = concentrations(density, np.array(fit["matrix"])) * scale
        return intensity(amounts, np.array(target["matrix"]), io=self.io).reshape(tiles.shape)

    def distance(self, one: Json, other: Json) -> float:
        """Mean CIELAB distance between the colours that AMOUNTS of stain have on both slides.

        So both the hue of the stains and their strength count, as far as they are seen.
        """
        return float(np.linalg.norm(self._colours(one) - self._colours(other), axis=1).mean())

    def _colours(self, fit: Json) -> np.ndarray:
        """CIELAB of AMOUNTS, in units of the fit's 99th percentiles: float64 (amount, 3)."""
        grey = self.io * np.exp(-(AMOUNTS * np.array(fit["p99"])) @ np.array(fit["matrix"]).T)
        return np.asarray(rgb2lab(np.clip(grey, 0, 255) / 255))


def _plane(density: np.ndarray) -> np.ndarray | None:
    """The two main directions of density as columns (3, 2), first components positive; None where undetermined."""
    if len(density) < LEAST_PIXELS:
        return None
    values, vectors = np.linalg.eigh(np.cov(density, rowvar=False))
    if values[1] < LEAST_RATIO * values[2]:
        return None
    plane = vectors[:, [2, 1]]
    return np.asarray(plane * np.where(plane[0] < 0, -1.0, 1.0))  # LAPACK builds differ in sign
