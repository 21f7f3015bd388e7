"""The published augmentation: ``custom_augment_image`` of lucasfarndale/TriDeNT, step by step, its slips included.

Left out, for no view shows them: the rounding of crops to whole pixels, and a brightness of less than half a grey
level of 255, which is what 0.4 means on images of 0 to 255.
"""

import torch
from torch.nn import functional

from pipeline.core.train.draws import chance, noise, uniform
from pipeline.pretrain.colour import random_thresholds, solarise
from pipeline.pretrain.geometry import affine, positions, random_angles, random_crops, warp
from pipeline.pretrain.policy import RELEASED

LEVELS = 255  # of the images for which the authors' thresholds of 0.01 to 0.6 were not made
TINY = 1e-12


def published(images: torch.Tensor, *targets: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """One random view of each image, whatever it shows, and its targets moved as it is.

    In this order: flips of both axes and a crop to 75-100 % of each side, resized; for 30 %, noise in place of every
    value that is exactly zero; for 40 %, a rotation by 0-π, black where nothing was; for 30 %, inversion; contrast and
    saturation x 0.6-1.4, hue ± 0.1 of the circle.

    Args:
        images: Float (B, 3, y, x) in [0, 1].
        targets: Float (B, k, y, x) each; flips, crops and rotations alone act on them.

    Returns:
        The views, float (B, 3, y, x) in [0, 1], and the targets.
    """
    count, device = len(images), images.device
    still = torch.zeros(count, device=device)
    crops = affine(*random_crops(count, device, RELEASED), still)
    images = fill_values(warp(images, crops), chance(count, RELEASED.noise, device))
    angles = random_angles(count, device, RELEASED)
    images = rotate(images, angles)
    images = invert(images, random_thresholds(count, device, RELEASED))
    contrast, saturation = (uniform(count, 1 - s, 1 + s, device) for s in (RELEASED.contrast, RELEASED.saturation))
    images = saturate(adjust_contrast(images, contrast), saturation)
    images = turn_hue(images, uniform(count, -RELEASED.hue, RELEASED.hue, device)).clamp_(0, 1)
    return images, *(rotate(warp(target, crops), angles) for target in targets)


def fill_values(images: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """Replaces the zeros of the ``chosen`` (B,) images by uniform noise, each channel for itself."""
    rows, drawn = noise(images, chosen & (images == 0).flatten(1).any(1))
    part = images[rows]
    return images.index_copy(0, rows, torch.where(part == 0, drawn, part))


def rotate(images: torch.Tensor, angle: torch.Tensor) -> torch.Tensor:
    """Rotates by ``angle`` (B,) radians, counterclockwise: nearest neighbour, black outside. 0 is exact."""
    scale, shift = angle.new_ones(len(angle), 2), angle.new_zeros(len(angle), 2)
    grid = positions(affine(scale, shift, angle), *images.shape[2:])
    rotated: torch.Tensor = functional.grid_sample(images, grid, mode="nearest", align_corners=False)
    return rotated


def invert(images: torch.Tensor, threshold: torch.Tensor) -> torch.Tensor:
    """Solarisation as published: thresholds (B,) of less than one grey level, so that black alone is not inverted."""
    return solarise(images, threshold / LEVELS)


def adjust_contrast(images: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    """Scales the distance to the mean of each channel by ``factor`` (B,)."""
    mean = images.mean((2, 3), keepdim=True)
    return mean + factor.view(-1, 1, 1, 1) * (images - mean)


def saturate(images: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    """Scales the saturation of HSV by ``factor`` (B,), up to 1; hue and value are kept."""
    value = images.amax(1, keepdim=True)
    span = value - images.amin(1, keepdim=True)
    most = value.clamp(min=0) / span.clamp(min=TINY)
    return value - (value - images) * torch.minimum(factor.view(-1, 1, 1, 1), most)


def turn_hue(images: torch.Tensor, turn: torch.Tensor) -> torch.Tensor:
    """Turns the hue of HSV by ``turn`` (B,), a share of the circle; saturation and value are kept."""
    red, green, blue = images.unbind(1)
    high, low = images.amax(1), images.amin(1)
    span = high - low
    part = span.clamp(min=TINY)
    sixth = torch.where(green == high, 2 + (blue - red) / part, 4 + (red - green) / part)
    sixth = torch.where(red == high, (green - blue) / part, sixth) + 6 * turn.view(-1, 1, 1)
    peak = torch.tensor([0.0, 2.0, 4.0], device=images.device).view(3, 1, 1)
    distance = ((sixth[:, None] - peak + 3) % 6 - 3).abs()
    return low[:, None] + span[:, None] * (2 - distance).clamp(0, 1)
