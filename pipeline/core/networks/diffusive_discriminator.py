"""The discriminator of an adversarial diffusion. Xiao et al., Tackling the Generative Learning Trilemma, ICLR 2022."""

import math
from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import leaky_relu

from pipeline.core.networks.conditioning import TimeEmbedding
from pipeline.core.networks.fir import halved

SLOPE, LARGEST_GROUP, WIDEST = 0.2, 4, 4


class DiffusiveDiscriminator(nn.Module):
    """Tells real states that lead to the next from made ones: two states (B, channels, H, W), their number, to (B,).

    Args:
        channels: Of a state.
        width: Of the first maps, doubled block by block to four times as many; 128 in the papers.
        blocks: Residual blocks, each of which halves the side; 6 in the papers.
    """

    def __init__(self, channels: int, width: int, blocks: int) -> None:
        super().__init__()
        widths = [width * min(WIDEST, 2**block) for block in range(blocks + 1)]
        self.time = TimeEmbedding(width)
        self.stem = nn.Conv2d(2 * channels, width, 1)
        self.blocks = nn.ModuleList(_Halving(a, b, 4 * width) for a, b in pairwise(widths))
        self.last = nn.Conv2d(widths[-1] + 1, widths[-1], 3, padding=1)
        self.head = nn.Linear(widths[-1], 1)

    def forward(self, before: torch.Tensor, state: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """Logits of states ``before`` that are t - 1, given ``state`` t, whose numbers are int64 (B,)."""
        time = leaky_relu(self.time(t), SLOPE)
        maps = self.stem(torch.cat([before, state], 1))
        for block in self.blocks:
            maps = block(maps, time)
        maps = leaky_relu(self.last(torch.cat([maps, diversity(maps)], 1)), SLOPE)
        logits: torch.Tensor = self.head(maps.sum((2, 3)))
        return logits.squeeze(1).float()


class _Halving(nn.Module):
    def __init__(self, channels: int, made: int, time: int) -> None:
        super().__init__()
        self.into, self.out = nn.Conv2d(channels, made, 3, padding=1), nn.Conv2d(made, made, 3, padding=1)
        self.time, self.skip = nn.Linear(time, made), nn.Conv2d(channels, made, 1, bias=False)

    def forward(self, maps: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        inner = self.into(leaky_relu(maps, SLOPE)) + self.time(time)[..., None, None]
        inner = self.out(halved(leaky_relu(inner, SLOPE)))
        added: torch.Tensor = (inner + self.skip(halved(maps))) / math.sqrt(2)
        return added


def diversity(maps: torch.Tensor) -> torch.Tensor:
    """How much the images of a group differ, the same in all their places: (B, 1, H, W) of (B, c, H, W).

    The mean deviation over a group, of four at most, into which the batch falls evenly. Karras et al. 2018, minibatch
    standard deviation.
    """
    size = next(count for count in range(min(LARGEST_GROUP, len(maps)), 0, -1) if len(maps) % count == 0)
    groups = maps.float().reshape(size, -1, *maps.shape[1:])
    deviations: torch.Tensor = (groups.var(0, correction=0) + 1e-8).sqrt().mean((1, 2, 3))
    return deviations.repeat(size).view(-1, 1, 1, 1).expand(-1, 1, *maps.shape[2:]).to(maps.dtype)
