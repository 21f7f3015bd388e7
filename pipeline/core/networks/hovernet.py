"""HoVer-Net: Graham et al., HoVer-Net: Simultaneous segmentation and classification of nuclei, MedIA 2019."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch.nn.functional import interpolate

from pipeline.core.segmentation.hover_objects import objects_of
from pipeline.core.segmentation.network import LEAST, SegmentationNetwork
from pipeline.core.segmentation.objects import majority

STAGES = (3, 4, 6, 3)  # residual units, as ResNet-50 has
DENSE = (8, 4)  # units of the two dense blocks of a branch
GROUPS, EXPANSION = 4, 4
SMOOTH = 0.7  # pixels
HALF = 0.5


class HoVerNet(SegmentationNetwork):
    """One encoder and three branches: whether a pixel is of a nucleus, how far from its middle, of which class.

    The variant for 0.25 um that is called fast, padded, so that maps are as large as images. Every number of channels
    is a multiple of ``width``.

    Args:
        channels: Of its images.
        classes: With ids from 1.
        width: Of the first convolution, a multiple of 8; 64 in the paper.
        smooth: See :func:`pipeline.core.segmentation.hover_objects.energy`.
        least: See :class:`SegmentationNetwork`.
    """

    def __init__(self, *, channels: int, classes: int, width: int, smooth: float = SMOOTH, least: int = LEAST) -> None:
        super().__init__(channels=channels, classes=classes, multiple=2 ** (len(STAGES) - 1), least=least)
        self.smooth, self.frozen = smooth, False
        self.encoder = _Encoder(channels, width)
        self.branches = nn.ModuleDict(
            {name: _branch(width, wide) for name, wide in (("nucleus", 2), ("hover", 2), ("classes", classes + 1))}
        )
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a quarter faster on a CPU

    def forward(self, images: torch.Tensor) -> dict[str, torch.Tensor]:
        """``nucleus`` and ``classes``, logits, and ``hover``: (B, k, y, x) of float (B, c, y, x) in [0, 1].

        While it is ``frozen``, no gradient reaches the encoder.
        """
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            maps = self.encoder(images)
        return {name: branch(maps) for name, branch in self.branches.items()}

    def maps(self, images: torch.Tensor) -> torch.Tensor:
        """Probabilities of background and classes, that of a nucleus, and the HoVer maps: k is ``classes`` + 4."""
        found = {name: maps.float() for name, maps in self(images).items()}
        return torch.cat([found["classes"].softmax(1), found["nucleus"].softmax(1)[:, 1:], found["hover"]], 1)

    def labels(self, maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Nuclei by their HoVer maps, each of the class that most of its pixels have."""
        shares, (nucleus, *hover) = maps[1 : self.classes + 1], maps[self.classes + 1 :]
        instance = objects_of(nucleus >= HALF, np.stack(hover), smooth=self.smooth, least=self.least)
        return majority(instance, shares.argmax(0).astype(np.uint8) + np.uint8(1), self.classes), instance


class _Encoder(nn.Module):
    """Maps at strides of 1, 2, 4 and 8, fine to coarse; the last is brought to half of its channels."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(channels, width, 7, padding=3, bias=False), *_norm(width))
        stages, inputs = list[nn.Module](), width
        for level, units in enumerate(STAGES):
            inner = width << level
            stages.append(_Stage(inputs, inner, units, stride=1 if level == 0 else 2))
            inputs = EXPANSION * inner
        self.stages = nn.ModuleList(stages)
        self.neck = nn.Conv2d(inputs, inputs // 2, 1, bias=False)

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        x, maps = self.stem(images), list[torch.Tensor]()
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return [*maps[:-1], self.neck(maps[-1])]


class _Stage(nn.Module):
    """Bottleneck units with norms before the convolutions (He et al. 2016, identity mappings)."""

    def __init__(self, inputs: int, inner: int, units: int, stride: int) -> None:
        super().__init__()
        outputs = EXPANSION * inner
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)
        self.units = nn.ModuleList(
            [_unit(inputs, inner, stride, first=True), *(_unit(outputs, inner, 1) for _ in range(units - 1))]
        )
        self.norm = nn.Sequential(*_norm(outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shortcut = self.shortcut(x)
        for unit in self.units:
            x = shortcut = unit(x) + shortcut
        normed: torch.Tensor = self.norm(x)
        return normed


class _Dense(nn.Module):
    """Adds channels to those that it is given."""

    def __init__(self, inputs: int, inner: int, grown: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            *_norm(inputs),
            nn.Conv2d(inputs, inner, 1, bias=False),
            *_norm(inner),
            nn.Conv2d(inner, grown, 3, padding=1, groups=GROUPS, bias=False),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x, self.body(x)], 1)


class _Branch(nn.Module):
    """From the coarsest map to the finest, each doubled in size and added to the next finer one."""

    def __init__(self, steps: Sequence[nn.Module]) -> None:
        super().__init__()
        self.steps = nn.ModuleList(steps)

    def forward(self, maps: Sequence[torch.Tensor]) -> torch.Tensor:
        x, *finer = reversed(maps)
        for step, skip in zip(self.steps, finer, strict=True):
            x = step(interpolate(x, scale_factor=2, mode="nearest") + skip)
        return x


def _branch(width: int, outputs: int) -> _Branch:
    coarse, middle = 8 * width, 4 * width  # channels that the dense blocks leave
    return _Branch(
        [
            _block(16 * width, width, DENSE[0], coarse),
            _block(coarse, width, DENSE[1], middle),
            nn.Sequential(
                nn.Conv2d(middle, width, 3, padding=1, bias=False), *_norm(width), nn.Conv2d(width, outputs, 1)
            ),
        ]
    )


def _block(inputs: int, width: int, units: int, outputs: int) -> nn.Sequential:
    start, grown = inputs // 4, width // 2
    dense = [_Dense(start + unit * grown, 2 * width, grown) for unit in range(units)]
    return nn.Sequential(
        nn.Conv2d(inputs, start, 3, padding=1, bias=False),
        *dense,
        *_norm(outputs),
        nn.Conv2d(outputs, outputs, 1, bias=False),
    )


def _unit(inputs: int, inner: int, stride: int, *, first: bool = False) -> nn.Sequential:
    return nn.Sequential(
        *(() if first else _norm(inputs)),
        nn.Conv2d(inputs, inner, 1, bias=False),
        *_norm(inner),
        nn.Conv2d(inner, inner, 3, stride=stride, padding=1, bias=False),
        *_norm(inner),
        nn.Conv2d(inner, EXPANSION * inner, 1, bias=False),
    )


def _norm(channels: int) -> tuple[nn.Module, nn.Module]:
    return nn.BatchNorm2d(channels), nn.ReLU(inplace=True)
