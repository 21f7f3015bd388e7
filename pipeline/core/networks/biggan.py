"""Residual blocks of NCSN++: those of BigGAN, told the time and a style. Song et al., ICLR 2021, appendix H."""

import math
from collections.abc import Callable

import torch
from torch import nn
from torch.nn.functional import scaled_dot_product_attention, silu

from pipeline.core.networks.conditional_norm import groups_of
from pipeline.core.networks.conditioning import AdaptiveGroupNorm
from pipeline.core.networks.initial import zero

Resample = Callable[[torch.Tensor], torch.Tensor]


class BigGANBlock(nn.Module):
    """Two convolutions beside a skip, over the root of two; what is inside is resampled before the first.

    Args:
        channels: Of the input.
        made: Of the output.
        time: Width of the embedded time.
        style: Width of the style.
        resample: Of the maps and of the skip.
    """

    def __init__(self, channels: int, made: int, time: int, style: int, resample: Resample | None = None) -> None:
        super().__init__()
        self.first, self.second = AdaptiveGroupNorm(channels, style), AdaptiveGroupNorm(made, style)
        self.into, self.out = nn.Conv2d(channels, made, 3, padding=1), zero(nn.Conv2d(made, made, 3, padding=1))
        self.time = nn.Linear(time, made)
        self.skip = nn.Identity() if channels == made else nn.Conv2d(channels, made, 1)
        self.resample = resample

    def forward(self, maps: torch.Tensor, time: torch.Tensor, style: torch.Tensor) -> torch.Tensor:
        inner = silu(self.first(maps, style))
        if self.resample:
            inner, maps = self.resample(inner), self.resample(maps)
        inner = self.into(inner) + self.time(silu(time))[..., None, None]
        inner = self.out(silu(self.second(inner, style)))
        added: torch.Tensor = (self.skip(maps) + inner) / math.sqrt(2)
        return added


class PlaceAttention(nn.Module):
    """Attention of all places to all, in one head, beside a skip, over the root of two.

    Args:
        channels: Of the maps.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(groups_of(channels), channels, eps=1e-6)
        self.seen, self.out = nn.Conv2d(channels, 3 * channels, 1), zero(nn.Conv2d(channels, channels, 1))

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        tokens = self.seen(self.norm(maps)).flatten(2).transpose(1, 2).unsqueeze(1)
        found = scaled_dot_product_attention(*tokens.chunk(3, -1)).squeeze(1).transpose(1, 2).reshape(maps.shape)
        added: torch.Tensor = (maps + self.out(found)) / math.sqrt(2)
        return added
