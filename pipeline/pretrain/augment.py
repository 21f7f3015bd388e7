"""Augmentation of a branch: batched, on the device, drawn anew for every call."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import torch

from pipeline.core.kinds import Kind
from pipeline.pretrain.colour import fill_zeros, recolour_light, scale_intensity
from pipeline.pretrain.geometry import random_affine, warp
from pipeline.pretrain.policy import POLICIES, Policy
from pipeline.pretrain.published import published
from pipeline.pretrain.stain_jitter import jitter_stains


@dataclass(frozen=True)
class Augment:
    """How a view is drawn from an image.

    Args:
        preset: ``released``: as published, whatever the image shows; see :mod:`pipeline.pretrain.published`.
            ``corrected``: ours, after what the published code seems to mean, by the kind of the image and in one
            resampling. Light: noise in place of black pixels, geometry, amounts of stain, solarisation above a
            threshold, contrast, saturation, hue, brightness. Fluorescence: geometry, and a factor for each channel.
            Electrons: geometry, and one factor for all channels. Masks: geometry, bilinear, so that the border of two
            classes is as blurred as that of two colours. ``clip_lite``: the same steps with the numbers of CLIP-Lite.
            The numbers are in :data:`pipeline.pretrain.policy.POLICIES`.
        colour: Strength of all that changes values in ``corrected``; 0 leaves them exactly as they are.
        geometry: Strength of all that moves pixels in ``corrected``; 0 leaves them exactly where they are.
        stain: How far the amounts of stain of a picture of light go in ``corrected``; 0 leaves them as they are.
    """

    preset: Literal["corrected", "released", "clip_lite"] = "corrected"
    colour: float = 1.0
    geometry: float = 1.0
    stain: float = 0.0

    def __call__(self, images: torch.Tensor, kind: Kind) -> torch.Tensor:
        """One random view of each image.

        Args:
            images: Float (B, 3, y, x) in [0, 1].
            kind: What they are pictures of.

        Returns:
            Float (B, 3, y, x) in [0, 1]; in full precision whatever surrounds it, for positions need it.
        """
        (view,) = self.together(images, kind)
        return view

    def together(self, images: torch.Tensor, kind: Kind, *targets: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """One random view of each image, and targets that are moved as it is and keep their values.

        Args:
            images: Float (B, 3, y, x) in [0, 1].
            kind: What they are pictures of.
            targets: Float (B, k, y, x) each, registered with the images.
        """
        with torch.autocast(images.device.type, enabled=False):
            if self.preset == "released":
                return published(images, *targets)
            return self._by_kind(images, kind, *targets)

    @cached_property
    def policy(self) -> Policy:
        """What the views are drawn with."""
        return POLICIES[self.preset].scaled(self.colour, self.geometry, self.stain)

    def _by_kind(self, images: torch.Tensor, kind: Kind, *targets: torch.Tensor) -> tuple[torch.Tensor, ...]:
        policy = self.policy
        if policy.noise and kind == "light":
            images = fill_zeros(images, policy.noise)
        if self.geometry:
            moves = random_affine(len(images), images.device, policy)
            images, targets = warp(images, moves), tuple(warp(target, moves) for target in targets)
        if kind == "light":
            images = jitter_stains(images, policy)
        if self.colour and kind == "light":
            images = recolour_light(images, policy)
        elif self.colour and kind != "mask":
            images = scale_intensity(images, policy.intensity, by_channel=kind == "fluorescence")
        return images, *targets
