"""The PatchGAN discriminator: MONAI's, in the geometry of Isola et al. 2017."""

from typing import Literal

import torch
from monai.networks.nets.patchgan_discriminator import PatchDiscriminator
from torch import nn

from pipeline.core.networks.initial import normal


class PatchGAN(nn.Module):
    """Tells real from made by patches of 70 x 70: (B, channels, H, W) to (B, 1, H/8 - 2, W/8 - 2), logits.

    Args:
        channels: 3, or 6 where the source is shown beside the image.
        width: Filters of the first of the five 4x4 convolutions; 64 in the paper.
        norm: ``instance`` (CycleGAN) or ``batch`` (pix2pix).
    """

    def __init__(self, channels: int, width: int, norm: Literal["instance", "batch"]) -> None:
        super().__init__()
        self.layers = normal(
            PatchDiscriminator(
                spatial_dims=2, channels=width, in_channels=channels, num_layers_d=3, norm=norm.upper(), bias=False
            )
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layers(x)[-1]  # the others are features
        return logits
