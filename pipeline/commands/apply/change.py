"""What is asked for, and what is done to a slide."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.commands.embed.slide import RawSlide

if TYPE_CHECKING:
    from pipeline.commands.apply.denoised import Diffusion

NORMALIZE = "normalize"
# tiles, uint8 (tile, y, x, 3) both, and their numbers, counted row by row; what becomes of a tile depends on both alone
Numbered = Callable[[np.ndarray, Sequence[int]], np.ndarray]


@dataclass(frozen=True)
class Asked:
    """What the command line asks for.

    Args:
        change: NORMALIZE, or a translator.
        slide: A file, or a folder of one DICOM slide; absolute.
        repeat: Of the translator.
        slide_mpp: µm per level-0 pixel, whatever the file says; one of the sheet counts more.
        mpp: µm per pixel of the result; None as the method has it.
    """

    change: str
    slide: Path
    repeat: int = 0
    slide_mpp: float | None = None
    mpp: float | None = None


@dataclass(frozen=True)
class SlideChange:
    """A slide, and what is done to it.

    Args:
        raw: The slide; its tiles are those of the study.
        change: Of its tiles.
        single: It maps single colours, for which any resolution and size of tiles will do.
        diffusion: What is done next, where the change does not end with its windows.
        told: By what, and of a stain that was not found.
    """

    raw: RawSlide
    change: Numbered
    single: bool
    diffusion: "Diffusion | None" = None
    told: str = ""
