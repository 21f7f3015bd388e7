"""Augmentation of a branch: batched, on the device, drawn anew for every call.

Flips, crop with resize and rotation are one affine resampling; solarisation by inversion, contrast,
saturation, hue and brightness are one affine map of the colours.
"""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch.nn import functional

LEAST_CROP = 0.75
P_NOISE, P_ROTATE, P_SOLARISE = 0.3, 0.4, 0.3
JITTER, HUE, BRIGHTNESS = 0.4, 0.1, 0.4
THRESHOLDS = (0.01, 0.6)
LUMA = (0.299, 0.587, 0.114)
YIQ = ((0.299, 0.587, 0.114), (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112))


@dataclass(frozen=True)
class Augment:
    """The augmentation of TriDeNT's released code, or what it meant to be.

    Args:
        mode: ``released``: solarisation inverts every pixel and brightness is left alone, as the
            authors' thresholds on 0-255 images have it. ``corrected``: solarisation inverts above a
            threshold of 0.01 to 0.6, brightness changes by up to 0.4, colours of masks are kept.
    """

    mode: Literal["released", "corrected"] = "released"

    def __call__(self, images: torch.Tensor, *, mask: bool = False) -> torch.Tensor:
        """One random view of each image.

        Args:
            images: Float (B, 3, y, x) in [0, 1].
            mask: They are masks, whose colours mean classes.

        Returns:
            Float (B, 3, y, x) in [0, 1]; in full precision whatever surrounds it, for positions need it.
        """
        plain = mask and self.mode == "corrected"
        with torch.autocast(images.device.type, enabled=False):
            if not plain:
                images = fill_zeros(images)
            images = warp(images, random_affine(len(images), images.device))
            return images if plain else self._colour(images)

    def _colour(self, images: torch.Tensor) -> torch.Tensor:
        chosen = _chance(len(images), P_SOLARISE, images.device)
        if self.mode == "released":
            matrix, offset = random_colour(images, chosen, brightness=0.0)
            return recolour(images, matrix, offset)
        threshold = _uniform(len(images), *THRESHOLDS, images.device)
        images = solarise(images, torch.where(chosen, threshold, 1.0))
        matrix, offset = random_colour(images, torch.zeros_like(chosen), brightness=BRIGHTNESS)
        return recolour(images, matrix, offset)


def fill_zeros(images: torch.Tensor) -> torch.Tensor:
    """Replaces the exactly black pixels of a random 30 % of the images by uniform noise."""
    chosen = _chance(len(images), P_NOISE, images.device)
    part = images[chosen]
    noise = torch.rand_like(part)
    images[chosen] = torch.where(part.amax(1, keepdim=True) == 0, noise, part)
    return images


def random_affine(count: int, device: torch.device) -> torch.Tensor:
    """Maps from output to input positions in [-1, 1]: flips, crop to 75-100 % a side, rotation by 0-π of 40 %.

    Returns:
        float32 (count, 2, 3), columns x, y, 1, as ``affine_grid`` takes them.
    """
    flip = 1.0 - 2.0 * _chance(2 * count, 0.5, device).float().view(count, 2)
    size = _uniform(2 * count, LEAST_CROP, 1.0, device).view(count, 2)
    centre = (1 - size) * _uniform(2 * count, -1.0, 1.0, device).view(count, 2)
    angle = _uniform(count, 0.0, math.pi, device) * _chance(count, P_ROTATE, device)
    cos, sin = angle.cos(), angle.sin()
    rotation = torch.stack([cos, -sin, sin, cos], 1).view(count, 2, 2)
    return torch.cat([(flip * size)[:, :, None] * rotation, (flip * centre)[:, :, None]], 2)


def warp(images: torch.Tensor, affine: torch.Tensor) -> torch.Tensor:
    """Resamples images (B, 3, y, x) by ``affine`` (B, 2, 3); what lies outside is mirrored."""
    grid = functional.affine_grid(affine, list(images.shape), align_corners=False)
    warped: torch.Tensor = functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    return warped


def solarise(images: torch.Tensor, threshold: torch.Tensor) -> torch.Tensor:
    """Inverts what is above each image's threshold (B,), in [0, 1]."""
    return torch.where(images > threshold.view(-1, 1, 1, 1), 1 - images, images)


def random_colour(
    images: torch.Tensor, inverted: torch.Tensor, *, brightness: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Inversion, then contrast, saturation, hue (a rotation in YIQ) and brightness as one affine map.

    Args:
        images: Float (B, 3, y, x) in [0, 1]; contrast is about their channel means.
        inverted: bool (B,): replace the image by one minus it first.
        brightness: Largest shift of all channels.

    Returns:
        Matrices (B, 3, 3) and offsets (B, 3).
    """
    count, device = len(images), images.device
    sign = 1.0 - 2.0 * inverted.float()
    base = inverted.float()[:, None]
    contrast = _uniform(count, 1 - JITTER, 1 + JITTER, device)
    saturation = _uniform(count, 1 - JITTER, 1 + JITTER, device).view(-1, 1, 1)
    angle = _uniform(count, -HUE, HUE, device) * 2 * math.pi
    shift = _uniform(count, -brightness, brightness, device)[:, None]
    mean = base + sign[:, None] * images.mean((2, 3))
    eye = torch.eye(3, device=device)
    grey = torch.tensor(LUMA, device=device).expand(3, 3)
    mix = hue_matrix(angle) @ (saturation * eye + (1 - saturation) * grey)
    offset = contrast[:, None] * base + (1 - contrast[:, None]) * mean
    return mix * (sign * contrast).view(-1, 1, 1), (mix @ offset[:, :, None])[:, :, 0] + shift


def hue_matrix(angle: torch.Tensor) -> torch.Tensor:
    """Rotations (B, 3, 3) of RGB about the grey axis by ``angle`` (B,) radians, luminance kept."""
    to_yiq = torch.tensor(YIQ, device=angle.device)
    cos, sin, one = angle.cos(), angle.sin(), torch.ones_like(angle)
    nil = torch.zeros_like(angle)
    turn = torch.stack([one, nil, nil, nil, cos, -sin, nil, sin, cos], 1).view(-1, 3, 3)
    rotation: torch.Tensor = torch.linalg.inv(to_yiq) @ turn @ to_yiq
    return rotation


def recolour(images: torch.Tensor, matrix: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
    """Applies matrices (B, 3, 3) and offsets (B, 3) to the channels; clips to [0, 1]."""
    flat = torch.baddbmm(offset[:, :, None], matrix, images.flatten(2))
    return flat.clamp_(0, 1).view_as(images)


def _uniform(count: int, low: float, high: float, device: torch.device) -> torch.Tensor:
    return low + (high - low) * torch.rand(count, device=device)


def _chance(count: int, share: float, device: torch.device) -> torch.Tensor:
    return torch.rand(count, device=device) < share
