"""Macenko et al., A method for normalizing histology slides for quantitative analysis, ISBI 2009."""

import numpy as np

from pipeline.core.errors import StudyError
from pipeline.core.files import Json
from pipeline.core.stain.density import optical_density
from pipeline.normalize.two_stains import TYPICAL, TwoStains, main_plane, unit_columns


class Macenko(TwoStains):
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
        super().__init__(io=io, offset=offset)
        self.beta, self.alpha, self.mask = beta, alpha, mask

    def fit(self, pixels: np.ndarray) -> Json:
        """Stain matrix and 99th percentiles; see :class:`TwoStains`.

        Args:
            pixels: uint8 (pixel, 3).
        """
        density = optical_density(pixels, io=self.io, offset=self.offset)
        level = density.mean(1) if self.mask == "mean" else density.min(1)
        density = density[level > self.beta]
        plane = main_plane(density)
        if plane is None:
            return dict(TYPICAL)
        projected = density @ plane
        angle = np.arctan2(projected[:, 1], projected[:, 0])
        extremes = np.percentile(angle, (self.alpha, 100 - self.alpha))
        return self.fitted(density, unit_columns(plane @ np.stack([np.cos(extremes), np.sin(extremes)])))
