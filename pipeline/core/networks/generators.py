"""Image-to-image generators of the CycleGAN and pix2pix papers: (B, channels, H, W), and what they make, in [-1, 1]."""

from typing import Literal

import torch
from torch import nn

from pipeline.core.networks.attention import SelfAttention
from pipeline.core.networks.initial import normal
from pipeline.core.networks.spectral import spectral as normalised


class ResNetGenerator(nn.Module):
    """Zhu et al. 2017: two stride-2 convolutions, residual blocks, two transposed convolutions; instance norm.

    H and W are multiples of 4.

    Args:
        width: Channels after the stem; 64 in the paper.
        blocks: Residual blocks; 9 in the paper for 256 px, 6 for 128 px.
        channels: Of the input.
        made: Of the output; None for as many.
    """

    def __init__(self, width: int, blocks: int, channels: int = 3, made: int | None = None) -> None:
        super().__init__()
        inner = width * 4
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(3),
            *_normed(nn.Conv2d(channels, width, 7)),
            *_normed(nn.Conv2d(width, width * 2, 3, stride=2, padding=1)),
            *_normed(nn.Conv2d(width * 2, inner, 3, stride=2, padding=1)),
            *(_Residual(inner) for _ in range(blocks)),
            *_normed(nn.ConvTranspose2d(inner, width * 2, 3, stride=2, padding=1, output_padding=1)),
            *_normed(nn.ConvTranspose2d(width * 2, width, 3, stride=2, padding=1, output_padding=1)),
            nn.ReflectionPad2d(3),
            nn.Conv2d(width, made or channels, 7),
            nn.Tanh(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.layers(x)
        return out


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(1),
            *_normed(nn.Conv2d(width, width, 3)),
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3),
            nn.InstanceNorm2d(width),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = x + self.layers(x)
        return out


def _normed(convolution: nn.Conv2d | nn.ConvTranspose2d) -> tuple[nn.Module, ...]:
    return convolution, nn.InstanceNorm2d(convolution.out_channels), nn.ReLU()


class UNetGenerator(nn.Module):
    """Isola et al. 2017: stride-2 4x4 convolutions down and up with skips; batch or instance norm.

    In a batch of one, batch norm takes the statistics of that image and so is instance norm, but in use it takes the
    running means over all images, and then answers otherwise than it learned to: such a generator needs ``instance``.

    Args:
        width: Channels after the first level; 64 in the paper.
        downs: Levels; H and W are multiples of ``2 ** downs``. 8 in the paper for 256 px, so that the
            innermost is 1 x 1. Width doubles until 8x.
        dropout: In the three innermost decoder blocks (fewer where fewer are left below the outermost).
        channels: Of input and output alike.
        norm: ``batch`` or ``instance``, both with a scale and a shift per channel.
        spectral: Whether convolutions have spectral norm; such a network draws its initial weights as :func:`normal`.
        attention: Maps that were halved at least so often, once or more, attend to themselves, on the way down and up;
            None for no map.
    """

    def __init__(
        self,
        width: int,
        downs: int,
        dropout: float = 0.5,
        channels: int = 3,
        norm: Literal["batch", "instance"] = "batch",
        spectral: bool = False,
        attention: int | None = None,
    ) -> None:
        super().__init__()
        widths = [width * min(8, 2**level) for level in range(downs)]
        outermost = nn.Conv2d(channels, width, 4, 2, 1, bias=False)
        attended = _attention(width, 1, attention)
        self.down = nn.ModuleList([nn.Sequential(outermost, *attended) if attended else outermost])
        self.up = nn.ModuleList([nn.Sequential(nn.ReLU(), nn.ConvTranspose2d(2 * width, channels, 4, 2, 1), nn.Tanh())])
        for level in range(1, downs):
            outer, inner, innermost = widths[level - 1], widths[level], level == downs - 1
            self.down.append(
                nn.Sequential(
                    nn.LeakyReLU(0.2),
                    nn.Conv2d(outer, inner, 4, 2, 1, bias=False),
                    # one value per channel and image has no variance to normalise by
                    nn.Identity() if innermost else _norm(norm, inner),
                    *_attention(inner, level + 1, attention),
                )
            )
            self.up.append(
                nn.Sequential(
                    nn.ReLU(),
                    nn.ConvTranspose2d(inner if innermost else 2 * inner, outer, 4, 2, 1, bias=False),
                    _norm(norm, outer),
                    nn.Dropout(dropout if level >= downs - 3 else 0.0),
                    *_attention(outer, level, attention),
                )
            )
        if spectral:
            normalised(normal(self))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skips = []
        for down in self.down:
            x = down(x)
            skips.append(x)
        for level in range(len(self.up) - 1, -1, -1):
            x = self.up[level](x if level == len(self.up) - 1 else torch.cat([skips[level], x], 1))
        return x


def _norm(kind: Literal["batch", "instance"], channels: int) -> nn.Module:
    return nn.BatchNorm2d(channels) if kind == "batch" else nn.InstanceNorm2d(channels, affine=True)


def _attention(channels: int, halved: int, least: int | None) -> list[nn.Module]:
    return [SelfAttention(channels)] if least is not None and halved >= least else []
