"""The PatchGAN discriminator: MONAI's, in the geometry of Isola et al. 2017."""

from typing import Literal

import torch
from monai.networks.nets.patchgan_discriminator import PatchDiscriminator
from torch import nn

from pipeline.core.networks.attention import SelfAttention
from pipeline.core.networks.initial import normal
from pipeline.core.networks.spectral import spectral as normalised


class PatchGAN(nn.Module):
    """Tells real from made by patches of 70 x 70: (B, channels, H, W) to (B, 1, H/8 - 2, W/8 - 2), logits.

    Args:
        channels: 3, or 6 where the source is shown beside the image.
        width: Filters of the first of the five 4x4 convolutions; 64 in the paper.
        norm: ``instance`` (CycleGAN) or ``batch`` (pix2pix, SAASN).
        spectral: Whether convolutions have spectral norm.
        attention: Maps that were halved at least so often attend to themselves; None for no map.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        norm: Literal["instance", "batch"],
        spectral: bool = False,
        attention: int | None = None,
    ) -> None:
        super().__init__()
        layers = PatchDiscriminator(
            spatial_dims=2, channels=width, in_channels=channels, num_layers_d=3, norm=norm.upper(), bias=False
        )
        for position, (name, block) in enumerate(list(layers.named_children())[:-1]):
            if attention is not None and min(position + 1, 3) >= attention:  # the fourth block has stride 1
                setattr(layers, name, nn.Sequential(block, SelfAttention(width * 2**position)))
        self.layers = normalised(normal(layers)) if spectral else normal(layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.layers(x)[-1]  # the others are features
        return logits
