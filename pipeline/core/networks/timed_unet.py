"""The U-Net of diffusion models: Dhariwal and Nichol, Diffusion Models Beat GANs on Image Synthesis, 2021."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn
from torch.nn.functional import silu

from pipeline.core.networks.conditional_norm import Conditions, PlainNorm
from pipeline.core.networks.initial import zero
from pipeline.core.networks.timed import HeadAttention, Norm, TimedBlock, TimeEmbedding


@dataclass(frozen=True)
class Shape:
    """Widths and depths of a U-Net.

    Args:
        width: Channels of the first level, even.
        mult: Channels of every level, in widths; each but the last is halved in size.
        blocks: Residual blocks of a level on the way down; one more on the way up.
        attention: Levels that attend to themselves, from 0; the innermost blocks do in any case.
    """

    width: int
    mult: Sequence[int]
    blocks: int
    attention: Sequence[int]

    @property
    def widths(self) -> list[int]:
        """Channels of every level."""
        return [self.width * times for times in self.mult]

    def plain(self) -> dict[str, Any]:
        """As a config says it."""
        return {name: value if isinstance(value, int) else list(value) for name, value in asdict(self).items()}


class TimedUNet(nn.Module):
    """Residual blocks down and up with a skip from every one, told the time; its answer begins at zero.

    H and W are multiples of ``2 ** (levels - 1)``.

    Args:
        channels: Of input and output.
        shape: Of the network.
        steps: Of the diffusion.
        norm: Of the blocks in the middle and on the way up, which the conditions reach.
    """

    def __init__(self, channels: tuple[int, int], shape: Shape, steps: int, norm: Norm = PlainNorm) -> None:
        super().__init__()
        self.steps, self.multiple = steps, 2 ** (len(shape.widths) - 1)
        self.time = TimeEmbedding(shape.width, steps)
        told, here, skips = self.time.outputs, shape.widths[0], [shape.widths[0]]
        self.stem = nn.Conv2d(channels[0], here, 3, padding=1)
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        last = len(shape.widths) - 1
        for level, wide in enumerate(shape.widths):
            for _ in range(shape.blocks):
                self.down.append(_Part(TimedBlock(here, wide, told, PlainNorm), level in shape.attention))
                here = wide
                skips.append(here)
            if level < last:
                self.down.append(_Part(TimedBlock(here, here, told, PlainNorm, "down")))
                skips.append(here)
        self.middle = nn.ModuleList(_Part(TimedBlock(here, here, told, norm), attends) for attends in (True, False))
        for level, wide in reversed(list(enumerate(shape.widths))):
            for position in range(shape.blocks + 1):
                part = _Part(TimedBlock(here + skips.pop(), wide, told, norm), level in shape.attention)
                here = wide
                if level and position == shape.blocks:
                    part.resize = TimedBlock(here, here, told, norm, "up")
                self.up.append(part)
        self.last_norm, self.last = PlainNorm(here), zero(nn.Conv2d(here, channels[1], 3, padding=1))

    def encode(self, x: torch.Tensor, time: torch.Tensor) -> list[torch.Tensor]:
        """What the way down leaves for the way up, the innermost last; no condition reaches it.

        Args:
            x: float (B, channels, H, W).
            time: As :class:`TimeEmbedding` tells it.
        """
        found = [self.stem(x)]
        for part in self.down:
            found.append(part(found[-1], time, None))
        return found

    def decode(
        self, found: Sequence[torch.Tensor], time: torch.Tensor, conditions: Conditions | None = None
    ) -> torch.Tensor:
        """The answer to what :meth:`encode` found: float (B, channels, H, W)."""
        left, h = list(found), found[-1]
        for part in self.middle:
            h = part(h, time, conditions)
        for part in self.up:
            h = part(torch.cat([h, left.pop()], 1), time, conditions)
        answer: torch.Tensor = self.last(silu(self.last_norm(h)))
        return answer


class _Part(nn.Module):
    """A block, attention to itself where it has it, and a block that changes the size where there is one."""

    def __init__(self, block: TimedBlock, attends: bool = False) -> None:
        super().__init__()
        self.block = block
        self.attention = HeadAttention(block.second.out_channels) if attends else None
        self.resize: TimedBlock | None = None

    def forward(self, x: torch.Tensor, time: torch.Tensor, conditions: Conditions | None) -> torch.Tensor:
        h: torch.Tensor = self.block(x, time, conditions)
        if self.attention is not None:
            h = self.attention(h)
        return h if self.resize is None else self.resize(h, time, conditions)
