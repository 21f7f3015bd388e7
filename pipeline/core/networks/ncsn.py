"""NCSN++: Song et al., Score-Based Generative Modeling through SDEs, ICLR 2021; with a latent as SynDiff has it."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import silu

from pipeline.core.networks.biggan import BigGANBlock, PlaceAttention
from pipeline.core.networks.conditional_norm import groups_of
from pipeline.core.networks.conditioning import Style, TimeEmbedding
from pipeline.core.networks.fir import doubled, halved
from pipeline.core.networks.initial import zero


class NCSN(nn.Module):
    """A U-Net of BigGAN blocks: states (B, channels, H, W), numbers (B,), latents to (B, made, H, W) in [-1, 1].

    H and W are multiples of ``2 ** (len(mult) - 1)``.

    Args:
        channels: Of the input.
        made: Of the output.
        width: Channels of the first level; 64 in SynDiff.
        mult: Of the width, level by level; a level has half the side of the one before.
        blocks: On the way down of each level; on the way up there is one more.
        attention: Levels that attend to themselves beside the innermost, counted from 0.
        latent: Numbers of a latent.
        style: Width of what they are mapped to.
    """

    def __init__(
        self,
        channels: int,
        made: int,
        width: int,
        mult: Sequence[int],
        blocks: int,
        attention: Sequence[int],
        latent: int,
        style: int,
    ) -> None:
        super().__init__()
        time, widths = 4 * width, [width * factor for factor in mult]
        self.time, self.style = TimeEmbedding(width), Style(latent, style)
        self.stem = nn.Conv2d(channels, width, 3, padding=1)
        self.down, self.shrink, self.up, self.grow = (nn.ModuleList() for _ in range(4))
        self.attended = nn.ModuleDict()
        now, skips = width, [width]
        for level, wide in enumerate(widths):
            row = nn.ModuleList()
            for position in range(blocks):
                row.append(BigGANBlock(now, wide, time, style))
                now = wide
                skips.append(now)
                if level in attention:
                    self.attended[f"down{level}_{position}"] = PlaceAttention(now)
            self.down.append(row)
            if level + 1 < len(widths):
                self.shrink.append(BigGANBlock(now, now, time, style, halved))
                skips.append(now)
        self.before, self.middle = BigGANBlock(now, now, time, style), PlaceAttention(now)
        self.after = BigGANBlock(now, now, time, style)
        for level, wide in reversed(list(enumerate(widths))):
            row = nn.ModuleList()
            for _ in range(blocks + 1):
                row.append(BigGANBlock(now + skips.pop(), wide, time, style))
                now = wide
            self.up.append(row)
            if level in attention:
                self.attended[f"up{level}"] = PlaceAttention(now)
            if level:
                self.grow.append(BigGANBlock(now, now, time, style, doubled))
        self.norm = nn.GroupNorm(groups_of(now), now, eps=1e-6)
        self.head = nn.Conv2d(now, made, 3, padding=1)
        self.attention = tuple(attention)
        _initialise(self)

    def forward(self, x: torch.Tensor, t: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """The answer is in single precision."""
        told = self.time(t), self.style(z)
        maps = self.stem(x)
        skips, last = [maps], len(self.down) - 1
        for level, row in enumerate(self.down.children()):
            for position, block in enumerate(row.children()):
                maps = block(maps, *told)
                if level in self.attention:
                    maps = self.attended[f"down{level}_{position}"](maps)
                skips.append(maps)
            if level < last:
                maps = self.shrink[level](maps, *told)
                skips.append(maps)
        maps = self.after(self.middle(self.before(maps, *told)), *told)
        for position, row in enumerate(self.up.children()):
            level = last - position
            for block in row.children():
                maps = block(torch.cat([maps, skips.pop()], 1), *told)
            if level in self.attention:
                maps = self.attended[f"up{level}"](maps)
            if level:
                maps = self.grow[position](maps, *told)
        return torch.tanh(self.head(silu(self.norm(maps))).float())


def _initialise(network: NCSN) -> None:
    """Weights even, of a variance that goes by fan in and fan out (Glorot and Bengio 2010); those of ends are 0."""
    ends = {part.out for part in network.modules() if isinstance(part, (BigGANBlock, PlaceAttention))}
    for part in network.modules():
        if isinstance(part, (nn.Conv2d, nn.Linear)) and part not in ends:
            nn.init.xavier_uniform_(part.weight)
    zero(network.head)
