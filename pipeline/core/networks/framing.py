"""Images as large as a network knows them."""

from typing import Literal

import torch
from torch.nn.functional import interpolate, pad

from pipeline.core.networks.model_type import Size


def framed(
    images: torch.Tensor, size: Size | None, crop: Size | None, resample: Literal["bilinear", "bicubic"]
) -> torch.Tensor:
    """Images (B, c, y, x) in [0, 1], resized as a whole, then cut to their centre; None: that step is left out.

    What gets smaller is smoothed, as Pillow does it; a crop that is larger than the image gets a margin of 0.
    """
    if size and images.shape[2:] != size:
        images = interpolate(images, size, mode=resample, align_corners=False, antialias=True).clamp(0, 1)
    if crop and images.shape[2:] != crop:
        margins = []
        for have, want in zip(reversed(images.shape[2:]), reversed(crop), strict=True):
            before = -((have - want) // 2)
            margins += [before, want - have - before]
        images = pad(images, margins)
    return images
