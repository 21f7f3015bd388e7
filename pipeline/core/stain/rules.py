"""What a fitted normaliser does to a colour: numbers that travel as JSON, and the formula they stand for."""

import warnings
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from skimage.color import lab2rgb, rgb2lab

from pipeline.core.files import Json
from pipeline.core.stain.density import intensity, optical_density, stain_amounts

Triple = tuple[float, float, float]
Matrix = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class StainRule(_Rule):
    """Two stains in place of two others, by the law of Beer and Lambert.

    Args:
        io: Background intensity.
        offset: Added to intensities before the logarithm.
        gain: Factor on intensities before that, at most to 255.
        source: float (3, 2), the slide's stains as unit columns.
        scale: Factors on their amounts.
        target: float (3, 2), the stains that the amounts are given to.
        penalty: Of the amounts, which are then none below zero; None for least squares.
    """

    kind: Literal["stains"] = "stains"
    io: float
    offset: float
    gain: float = 1.0
    source: Matrix
    scale: tuple[float, float]
    target: Matrix
    penalty: float | None = None

    def apply(self, colours: np.ndarray) -> np.ndarray:
        """The formula: uint8 (colour, 3) to the same."""
        seen = colours if self.gain == 1.0 else np.minimum(colours * self.gain, 255.0)
        density = optical_density(seen, io=self.io, offset=self.offset)
        amounts = stain_amounts(density, np.array(self.source), penalty=self.penalty)
        return intensity(amounts * self.scale, np.array(self.target), io=self.io)


class LabRule(_Rule):
    """Moments of CIELAB in place of others, channel by channel. Reinhard et al. 2001.

    Args:
        source_mean: Of the slide.
        source_std: Of the slide, positive.
        target_mean: That come in their place.
        target_std: Likewise.
    """

    kind: Literal["lab"] = "lab"
    source_mean: Triple
    source_std: Triple
    target_mean: Triple
    target_std: Triple

    def apply(self, colours: np.ndarray) -> np.ndarray:
        """The formula: uint8 (colour, 3) to the same."""
        ratio = np.array(self.target_std) / np.array(self.source_std)
        moved = (rgb2lab(colours / 255) - self.source_mean) * ratio + self.target_mean
        moved[..., 0] = moved[..., 0].clip(0, 100)  # no colour is darker than black
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # of colours that are cut off, as here
            grey: np.ndarray = np.clip(np.rint(255 * lab2rgb(moved)), 0, 255).astype(np.uint8)
        return grey


Rule = Annotated[StainRule | LabRule, Field(discriminator="kind")]
_RULES: TypeAdapter[Rule] = TypeAdapter(Rule)


def read_rule(found: Json) -> Rule:
    """The rule that was written as JSON; raises pydantic's ValidationError."""
    return _RULES.validate_python(found)
