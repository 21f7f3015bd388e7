"""What is known of a slide that was inspected."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ImageInspection:
    """One image.

    Args:
        path: The image.
        mpp: µm per level-0 pixel.
        width: Level-0 pixels.
        height: Level-0 pixels.
        levels: Of its pyramid.
        tiles: Those with tissue where ``counted``, else those of the grid, which no count can exceed.
        counted: Tissue was looked for.
        reach: x and y in µm that tiles with tissue reach to, at least.
        sized: The file says how large it is; of outlines, width and height are what they reach to.
        begins: x and y from which on there begins no outline, pixels.
    """

    path: str
    mpp: float
    width: int
    height: int
    levels: int
    tiles: int
    counted: bool
    reach: tuple[float, float]
    sized: bool = True
    begins: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Inspection:
    """One slide.

    Args:
        images: Its images; none where it cannot be used, or does not exist yet.
        tiles: Estimate where ``counted``, else upper bound.
        counted: Tissue was looked for.
        cut: Tiles cut as a sample.
        seconds: Which that took.
        sample: uint8 (tile, size, size, 3), where it was asked for.
        stage: At which it failed; empty where it is fit.
        error: Why.
        fix: What to do about it.
    """

    images: tuple[ImageInspection, ...] = ()
    tiles: int = 0
    counted: bool = False
    cut: int = 0
    seconds: float = 0.0
    sample: np.ndarray | None = None
    stage: str = ""
    error: str = ""
    fix: str = ""

    @property
    def fit(self) -> bool:
        return not self.error
