"""What the tiles of a slide look like, before and after a normaliser: the numbers that it is judged by."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from skimage.color import rgb2lab

from pipeline.core.files import Json
from pipeline.core.measures.structure import grey_ssim
from pipeline.core.stain.density import optical_density
from pipeline.evaluate.judged import Judged

PIXELS = 100_000  # of a slide whose colours are looked at
TISSUE = 0.15  # least mean optical density
Fit = Callable[[np.ndarray], Json]  # uint8 (pixel, 3) to the fit of two stains
Embed = Callable[[np.ndarray], np.ndarray]  # uint8 (tile, y, x, 3) to float32 (tile, feature)


@dataclass(frozen=True)
class Colours:
    """The colours of a slide.

    Args:
        mean: float64 (3,), CIELAB of the mean RGB.
        moments: float64 (6,), mean, then deviation of L, a, b where there is tissue; NaN where there is none.
    """

    mean: np.ndarray
    moments: np.ndarray


@dataclass(frozen=True)
class Detail:
    """What a target is compared by, beside colours.

    Args:
        stains: float64 (3, 2), haematoxylin and the second stain as unit columns; None where the pixels tell none.
        features: float32 (tile, feature).
    """

    stains: np.ndarray | None
    features: np.ndarray


@dataclass(frozen=True)
class Appearance:
    """A slide before and after.

    Args:
        ssim: float64 (tile,), between both.
        before: Untouched.
        after: As the normaliser left it; tissue is where it was before, so that both are of the same pixels.
        made: Of the latter.
        aim: Of the former, where the slide is one of the target's; None of others.
    """

    ssim: np.ndarray
    before: Colours
    after: Colours
    made: Detail
    aim: Detail | None


def appearance(slide: Judged, fit: Fit, embed: Embed, *, aim: bool) -> Appearance:
    """Reads the sample of a slide once, and measures it; ``aim``: the slide is one of the target's."""
    before, after = slide.before(), slide.after()
    tissue = optical_density(_pixels(before), io=255.0, offset=0.0).mean(1) > TISSUE
    return Appearance(
        grey_ssim(after, before),
        colours(before, tissue),
        colours(after, tissue),
        detail(after, fit, embed),
        detail(before, fit, embed) if aim else None,
    )


def colours(images: np.ndarray, tissue: np.ndarray) -> Colours:
    """Those of uint8 (tile, y, x, 3); ``tissue`` is bool, of the pixels that are looked at."""
    mean = rgb2lab(images.mean((0, 1, 2), dtype=np.float64) / 255)
    if not tissue.any():
        return Colours(mean, np.full(6, np.nan))
    lab = rgb2lab(_pixels(images)[tissue] / 255)
    return Colours(mean, np.concatenate([lab.mean(0), lab.std(0)]))


def detail(images: np.ndarray, fit: Fit, embed: Embed) -> Detail:
    """That of uint8 (tile, y, x, 3)."""
    found = fit(_pixels(images))
    return Detail(None if found.get("fallback") else np.array(found["matrix"]), embed(images))


def _pixels(images: np.ndarray) -> np.ndarray:
    """At most PIXELS, evenly spaced: uint8 (pixel, 3)."""
    pixels = images.reshape(-1, 3)
    return pixels[:: -(-len(pixels) // PIXELS)]
