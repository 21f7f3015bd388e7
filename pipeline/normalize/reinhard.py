"""Reinhard et al., Color Transfer between Images, IEEE Computer Graphics and Applications 2001."""

import numpy as np
from skimage.color import rgb2lab

from pipeline.core.files import Json
from pipeline.core.stain.density import optical_density
from pipeline.core.stain.rules import LabRule
from pipeline.normalize.normalizer import FittedNormalizer

LEAST_PIXELS = 100
LEAST_STD = 0.1  # in CIELAB; with less, 8-bit pixels have one hue or one lightness, and their rounding would be spread
TYPICAL: Json = {"mean": [65.0, 22.0, -14.0], "std": [14.0, 9.0, 7.0], "fallback": True}  # of H&E


class Reinhard(FittedNormalizer):
    """Mean and standard deviation of CIELAB, channel by channel. The paper has the space of its own; all use CIELAB.

    Args:
        tissue: Whether they are of tissue alone; of all pixels, white glass is most of what they tell.
        beta: Mean optical density below which a pixel is none.
    """

    def __init__(self, tissue: bool, beta: float) -> None:
        self.tissue, self.beta = tissue, beta

    def fit(self, pixels: np.ndarray) -> Json:
        """``mean`` and ``std`` (3,) of L, a and b.

        Those of usual H&E and ``fallback`` where there is too little tissue, or only one hue.

        Args:
            pixels: uint8 (pixel, 3).
        """
        if self.tissue:
            pixels = pixels[optical_density(pixels, io=255.0, offset=0.0).mean(1) > self.beta]
        if len(pixels) < LEAST_PIXELS:
            return dict(TYPICAL)
        lab = rgb2lab(pixels / 255)
        std = lab.std(0)
        if (std < LEAST_STD).any():
            return dict(TYPICAL)
        return {"mean": lab.mean(0).tolist(), "std": std.tolist(), "fallback": False}

    def rule(self, fit: Json, target: Json) -> LabRule:
        """The target's moments in place of the slide's."""
        return LabRule(
            source_mean=fit["mean"], source_std=fit["std"], target_mean=target["mean"], target_std=target["std"]
        )

    def distance(self, one: Json, other: Json) -> float:
        """Euclidean, of means and standard deviations together."""
        difference = np.subtract([*one["mean"], *one["std"]], [*other["mean"], *other["std"]])
        return float(np.linalg.norm(difference))
