"""How a network of maps is told a number and a latent: embeddings, and a norm whose scale and shift they decide."""

import math

import torch
from torch import nn

from pipeline.core.networks.conditional_norm import groups_of

SLOWEST = 10_000  # period of the slowest sinusoid, relative to the fastest
PIXEL_NORM_EPSILON = 1e-8


class TimeEmbedding(nn.Module):
    """The number of a state as sinusoids, then two dense layers: int64 (B,) to (B, 4 * width). Vaswani et al. 2017.

    Args:
        width: Of the sinusoids; even.
    """

    rates: torch.Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        half = width // 2
        rates = torch.exp(-math.log(SLOWEST) * torch.arange(half) / max(1, half - 1))
        self.register_buffer("rates", rates, persistent=False)
        self.layers = nn.Sequential(nn.Linear(2 * half, 4 * width), nn.SiLU(), nn.Linear(4 * width, 4 * width))

    def forward(self, t: torch.Tensor) -> torch.Tensor:
        phases = t.float()[:, None] * self.rates
        embedded: torch.Tensor = self.layers(torch.cat([phases.sin(), phases.cos()], 1))
        return embedded


class Style(nn.Module):
    """A latent brought to the sphere (pixel norm), then four dense layers: (B, latent) to (B, width). StyleGAN.

    Args:
        latent: Numbers that are drawn.
        width: Numbers that say the style.
    """

    def __init__(self, latent: int, width: int) -> None:
        super().__init__()
        layers = [part for inner in (latent, width, width, width) for part in (nn.Linear(inner, width), nn.SiLU())]
        self.layers = nn.Sequential(*layers)

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        style: torch.Tensor = self.layers(z * (z.square().mean(1, keepdim=True) + PIXEL_NORM_EPSILON).rsqrt())
        return style


class AdaptiveGroupNorm(nn.Module):
    """Group norm whose scale, at first 1, and shift, at first 0, are an affine map of the style.

    Args:
        channels: Of the maps.
        style: Width of the style.
    """

    def __init__(self, channels: int, style: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups_of(channels), channels, eps=1e-6, affine=False)
        self.affine = nn.Linear(style, 2 * channels)
        with torch.no_grad():
            self.affine.bias.copy_(torch.cat([torch.ones(channels), torch.zeros(channels)]))

    def forward(self, maps: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        scale, shift = self.affine(style)[..., None, None].chunk(2, 1)
        normed: torch.Tensor = scale * self.norm(maps) + shift
        return normed
