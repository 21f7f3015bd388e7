"""Parts of networks that are told the time of a diffusion: Dhariwal and Nichol, Diffusion Models Beat GANs, 2021."""

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate, scaled_dot_product_attention, silu

from pipeline.core.networks.conditional_norm import Conditions, PlainNorm, largest_divisor
from pipeline.core.networks.initial import zero

HEAD = 64  # channels of a head, or of the map where it has fewer
SLOWEST = 10_000.0
SPAN = 1000.0  # in which time is told, however many steps a diffusion has

Norm = Callable[[int], nn.Module]  # of so many channels; called with maps and conditions


class TimeEmbedding(nn.Module):
    """Numbers of states, int64 (B,), to float (B, 4 width): cosines and sines, then a perceptron with SiLU.

    Args:
        width: Cosines and sines, an even number.
        steps: Of the diffusion; its last state is told as 1000.
    """

    def __init__(self, width: int, steps: int) -> None:
        super().__init__()
        self.width, self.scale, self.outputs = width, SPAN / steps, 4 * width
        self.layers = nn.Sequential(nn.Linear(width, self.outputs), nn.SiLU(), nn.Linear(self.outputs, self.outputs))

    def forward(self, times: torch.Tensor) -> torch.Tensor:
        half = self.width // 2
        rates = torch.exp(torch.arange(half, device=times.device) * (-math.log(SLOWEST) / half))
        angles = self.scale * times.float()[:, None] * rates
        told: torch.Tensor = self.layers(torch.cat([angles.cos(), angles.sin()], 1))
        return told


class TimedBlock(nn.Module):
    """A residual block whose second norm is scaled and shifted, channel by channel, by the time.

    (B, inner, H, W) to (B, outer, H, W), or half or twice as large. Its last convolution begins at zero.

    Args:
        inner: Channels of the input.
        outer: Channels of the output.
        embedding: Numbers that tell the time.
        norm: Makes its norms.
        change: Of the size: ``down`` by means of 2 x 2, ``up`` by the nearest pixel.
    """

    def __init__(
        self, inner: int, outer: int, embedding: int, norm: Norm, change: Literal["up", "down"] | None = None
    ) -> None:
        super().__init__()
        self.change = change
        self.first_norm, self.first = norm(inner), nn.Conv2d(inner, outer, 3, padding=1)
        self.time = nn.Linear(embedding, 2 * outer)
        self.second_norm, self.second = norm(outer), zero(nn.Conv2d(outer, outer, 3, padding=1))
        self.skip = nn.Identity() if inner == outer else nn.Conv2d(inner, outer, 1)

    def forward(self, x: torch.Tensor, time: torch.Tensor, conditions: Conditions | None) -> torch.Tensor:
        h = self.first(self._resized(silu(self.first_norm(x, conditions))))
        scale, shift = self.time(silu(time))[:, :, None, None].chunk(2, 1)
        h = self.second(silu(self.second_norm(h, conditions) * (1 + scale) + shift))
        out: torch.Tensor = self.skip(self._resized(x)) + h
        return out

    def _resized(self, x: torch.Tensor) -> torch.Tensor:
        if self.change == "down":
            return avg_pool2d(x, 2)
        return interpolate(x, scale_factor=2, mode="nearest") if self.change == "up" else x


class HeadAttention(nn.Module):
    """Self-attention of several heads over the places of a map, added to it; (B, channels, H, W) to the same.

    Heads have 64 channels, or as few more as divide the map's; its last convolution begins at zero.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.heads = largest_divisor(channels, channels // HEAD)
        self.norm = PlainNorm(channels)
        self.inner, self.outer = nn.Conv2d(channels, 3 * channels, 1), zero(nn.Conv2d(channels, channels, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, channels, height, width = x.shape
        parts = self.inner(self.norm(x)).reshape(batch, 3, self.heads, channels // self.heads, height * width)
        query, key, value = (part.transpose(-1, -2).contiguous() for part in parts.unbind(1))
        seen = scaled_dot_product_attention(query, key, value)
        out: torch.Tensor = x + self.outer(seen.transpose(-1, -2).reshape(x.shape))
        return out
