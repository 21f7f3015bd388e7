"""A light decoder over the maps of an encoder that nothing changes."""

from typing import Any, Self

import torch
from torch import nn
from torch.nn.functional import interpolate, pad

from pipeline.core.errors import StudyError
from pipeline.core.files import Json
from pipeline.core.networks.encoder import Encoder
from pipeline.core.networks.weights import build_network
from pipeline.core.segmentation.network import LEAST, SegmentationNetwork


class DenseDecoder(SegmentationNetwork):
    """Maps of every stride, brought to one number of channels and added from coarse to fine; then doubled to pixels.

    As in a feature pyramid (Lin et al. 2017; Kirillov et al. 2019). Of the image it knows what the encoder says and no
    more. The encoder, whose weights are among its own, sees images at their own resolution, whatever size it would
    have them resized to, so that its maps lie over them pixel by pixel.

    Args:
        encoder: Config of the encoder.
        classes: With ids from 1.
        width: Channels of the decoder.
        least: See :class:`SegmentationNetwork`.
        unset: Whether weights are loaded next; see :func:`pipeline.core.networks.weights.build_network`.

    Raises:
        StudyError: The encoder has no dense maps.
    """

    def __init__(self, *, encoder: Json, classes: int, width: int, least: int = LEAST, unset: bool = False) -> None:
        built = build_network(encoder, unset=unset)
        if not isinstance(built, Encoder) or not built.strides:
            raise StudyError(
                f"{type(built).__name__} has no maps that lie over the pixels of an image",
                where="params.yaml: segment.arms: encoder",
                fix="name an encoder of images: a ResNet, a ViT or one of a folder of transformers",
            )
        super().__init__(channels=len(built.mean), classes=classes, multiple=1, least=least)
        self.encoder = built.unframed().eval().requires_grad_(False)
        self.shrunk = max(built.strides)
        self.laterals = nn.ModuleList(
            [nn.Sequential(nn.Conv2d(inputs, width, 1, bias=False), nn.BatchNorm2d(width)) for inputs in built.channels]
        )
        self.merges = nn.ModuleList([_convolution(width) for _ in built.channels])
        self.doublings = nn.ModuleList([_convolution(width) for _ in range((min(built.strides) - 1).bit_length())])
        self.head = nn.Conv2d(width, classes + 1, 1)

    @classmethod
    def unset(cls, **arguments: Any) -> Self:
        """With an encoder without first weights."""
        return cls(**arguments, unset=True)

    def train(self, mode: bool = True) -> Self:
        """The encoder stays in eval mode."""
        super().train(mode)
        self.encoder.eval()
        return self

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Logits (B, classes + 1, y, x) of float (B, c, y, x) in [0, 1].

        Images of sides that are no multiple of the coarsest stride are mirrored at the right and the bottom for the
        encoder.
        """
        height, width = images.shape[2:]
        down, right = (-side % self.shrunk for side in (height, width))
        wide = _mirrored(images, down, right)
        with torch.no_grad():
            maps = self.encoder.outputs(wide).maps
        x = torch.zeros((), device=images.device)
        for found, lateral, merge in zip(reversed(maps), reversed(self.laterals), reversed(self.merges), strict=True):
            x = _sized(x, found) if x.ndim else x
            x = merge(x + lateral(found))
        for doubling in self.doublings:
            x = doubling(interpolate(x, scale_factor=2, mode="nearest"))
        logits: torch.Tensor = self.head(_sized(x, wide))
        return logits[:, :, :height, :width]

    def maps(self, images: torch.Tensor) -> torch.Tensor:
        """Probabilities of background and classes."""
        shares: torch.Tensor = self(images).float().softmax(1)
        return shares


def _convolution(width: int) -> nn.Sequential:
    return nn.Sequential(nn.ReLU(), nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU())


def _sized(x: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return x if x.shape[2:] == like.shape[2:] else interpolate(x, like.shape[2:], mode="nearest")


def _mirrored(images: torch.Tensor, down: int, right: int) -> torch.Tensor:
    """Images with so many rows and columns more, mirrored as often as it takes."""
    while down or right:
        height, width = images.shape[2:]
        more, wider = min(down, height - 1), min(right, width - 1)
        images, down, right = pad(images, (0, wider, 0, more), mode="reflect"), down - more, right - wider
    return images
