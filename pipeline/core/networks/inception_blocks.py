"""What Inception-v3 is made of: convolutions of different sizes side by side. Szegedy et al., CVPR 2016.

The variant is that of the network which FID was published with: average pools count no padding, and the last block has
a max pool in place of its average pool. Names are those of torchvision, which files of weights have.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import nn

EPSILON = 1e-3  # of the norms


class Conv(NamedTuple):
    """How many channels a convolution makes, with which kernel (y, x); at stride 1 its map keeps its size."""

    channels: int
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1


SQUARE, WIDE, TALL = (3, 3), (1, 7), (7, 1)
Paths = Mapping[str, Sequence[Sequence[Conv]]]  # name to steps, each of one convolution or of two side by side


class Unit(nn.Module):
    """Convolution, norm and ReLU."""

    def __init__(
        self, channels: int, made: int, kernel: tuple[int, int] = (1, 1), stride: int = 1, padding: bool = True
    ) -> None:
        super().__init__()
        border = (kernel[0] // 2, kernel[1] // 2) if padding and stride == 1 else (0, 0)
        self.conv = nn.Conv2d(channels, made, kernel, stride, border, bias=False)
        self.bn = nn.BatchNorm2d(made, eps=EPSILON)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.bn(self.conv(x)))


class Mixed(nn.Module):
    """Paths of a map side by side, and a pool of it.

    Args:
        channels: Of the map.
        paths: See ``Paths``. A path of several steps numbers them, and two side by side are its ``a`` and ``b``.
        pool: Stands last.
        pooled: Channels that this is brought to; None leaves it as it is.
    """

    def __init__(self, channels: int, paths: Paths, pool: nn.Module, pooled: int | None = None) -> None:
        super().__init__()
        self.pool, self.channels = pool, pooled or channels
        self._paths: list[list[list[str]]] = []
        for path, steps in paths.items():
            width, names = channels, []
            for number, convs in enumerate(steps, 1):
                step = path if len(steps) == 1 else f"{path}_{number}"
                names.append([step] if len(convs) == 1 else [f"{step}{letter}" for letter in "ab"])
                for name, conv in zip(names[-1], convs, strict=True):
                    self.add_module(name, Unit(width, *conv))
                width = sum(conv.channels for conv in convs)
            self._paths.append(names)
            self.channels += width
        self.branch_pool = Unit(channels, pooled) if pooled else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([*(self._along(path, x) for path in self._paths), self.branch_pool(self.pool(x))], 1)

    def _along(self, path: list[list[str]], x: torch.Tensor) -> torch.Tensor:
        for names in path:
            x = torch.cat([self.get_submodule(name)(x) for name in names], 1)
        return x


def average() -> nn.Module:
    """Of what lies within the map alone."""
    return nn.AvgPool2d(3, 1, 1, count_include_pad=False)


def mixed_5(channels: int, pooled: int) -> Mixed:
    """At 35 x 35."""
    double = [[Conv(64)], [Conv(96, SQUARE)], [Conv(96, SQUARE)]]
    paths = {"branch1x1": [[Conv(64)]], "branch5x5": [[Conv(48)], [Conv(64, (5, 5))]], "branch3x3dbl": double}
    return Mixed(channels, paths, average(), pooled)


def mixed_6a(channels: int) -> Mixed:
    """From 35 x 35 to 17 x 17."""
    double = [[Conv(64)], [Conv(96, SQUARE)], [Conv(96, SQUARE, 2)]]
    return Mixed(channels, {"branch3x3": [[Conv(384, SQUARE, 2)]], "branch3x3dbl": double}, nn.MaxPool2d(3, 2))


def mixed_6(channels: int, inner: int) -> Mixed:
    """At 17 x 17; ``inner`` channels within its paths."""
    once = [[Conv(inner)], [Conv(inner, WIDE)], [Conv(192, TALL)]]
    twice = [[Conv(inner)], [Conv(inner, TALL)], [Conv(inner, WIDE)], [Conv(inner, TALL)], [Conv(192, WIDE)]]
    paths = {"branch1x1": [[Conv(192)]], "branch7x7": once, "branch7x7dbl": twice}
    return Mixed(channels, paths, average(), 192)


def mixed_7a(channels: int) -> Mixed:
    """From 17 x 17 to 8 x 8."""
    long = [[Conv(192)], [Conv(192, WIDE)], [Conv(192, TALL)], [Conv(192, SQUARE, 2)]]
    return Mixed(
        channels, {"branch3x3": [[Conv(192)], [Conv(320, SQUARE, 2)]], "branch7x7x3": long}, nn.MaxPool2d(3, 2)
    )


def mixed_7(channels: int, pool: nn.Module) -> Mixed:
    """At 8 x 8."""
    both = [Conv(384, (1, 3)), Conv(384, (3, 1))]
    double = [[Conv(448)], [Conv(384, SQUARE)], both]
    paths = {"branch1x1": [[Conv(320)]], "branch3x3": [[Conv(384)], both], "branch3x3dbl": double}
    return Mixed(channels, paths, pool, 192)
