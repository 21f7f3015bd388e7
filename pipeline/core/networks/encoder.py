"""What every encoder is: a network that takes images in [0, 1] and gives features and maps."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
import torch
from torch import nn

from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.networks.place import NAME, find_place
from pipeline.core.networks.weights import AGAIN, accelerator, export_weights, import_network

BRIGHTEST = {torch.uint8: 255, torch.uint16: 65535}  # value of a pixel
Colour = tuple[float, ...]  # one value per channel


class Outputs(NamedTuple):
    """What an encoder says of images.

    Args:
        features: (B, features), what is kept and probed.
        maps: Dense maps (B, c, y, x), fine to coarse; ``features`` pool the last.
    """

    features: torch.Tensor
    maps: tuple[torch.Tensor, ...]


class Encoder(nn.Module, ABC):
    """Images of any number of channels to features.

    Args:
        config: To build it again from, see :func:`pipeline.core.networks.weights.describe`.
        features: Their number.
        channels: Of each map.
        mean: Per input channel, of the training tiles in [0, 1].
        std: Likewise.
    """

    mean: torch.Tensor
    std: torch.Tensor
    strides: tuple[int, ...] = ()  # pixels of an image that one of each map stands for; none: its maps are not dense

    def __init__(
        self, config: Json, features: int, channels: tuple[int, ...], mean: Sequence[float], std: Sequence[float]
    ) -> None:
        super().__init__()
        self.config, self.features, self.channels = config, features, channels
        self.register_buffer("mean", torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(-1, 1, 1), persistent=False)

    @abstractmethod
    def outputs(self, images: torch.Tensor) -> Outputs:
        """Features and maps of images (B, c, y, x) in [0, 1]."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Features (B, features) of images (B, c, y, x) in [0, 1]."""
        return self.outputs(images).features

    def unframed(self) -> Self:
        """Itself, from now on without resizing images or cutting them, if it did."""
        return self

    def standardised(self, images: torch.Tensor) -> torch.Tensor:
        """Images (B, c, y, x) in [0, 1] less the mean, by the deviation of each channel.

        Raises:
            ProductError: They have another number of channels.
        """
        if images.shape[1] != len(self.mean):
            raise ProductError(
                f"the encoder takes images of {len(self.mean)} channels, these have {images.shape[1]}",
                fix="use an encoder of such images",
            )
        return (images - self.mean) / self.std

    @torch.no_grad()
    def embed(self, images: np.ndarray, batch: int) -> np.ndarray:
        """Features float32 (tile, features) of uint8 or uint16 (tile, y, x, c), in eval mode, ``batch`` at a time."""
        self.eval()
        device = self.mean.device
        parts = [
            self(unit(torch.from_numpy(images[i : i + batch]).to(device))).cpu() for i in range(0, len(images), batch)
        ]
        return torch.cat(parts).numpy() if parts else np.zeros((0, self.features), np.float32)


def unit(images: torch.Tensor) -> torch.Tensor:
    """uint8 or uint16 (B, y, x, c) to float32 (B, c, y, x) in [0, 1]."""
    return images.permute(0, 3, 1, 2).contiguous().float().div_(BRIGHTEST[images.dtype])


def save_encoder(folder: Path, encoder: Encoder) -> str:
    """Writes ``encoder.safetensors`` and ``encoder.config.json``; returns the weights' digest."""
    return export_weights(folder, NAME, encoder, encoder.config)


def load_encoder(place: Path, device: torch.device | None = None) -> Encoder:
    """The encoder of a place, in eval mode.

    A job that loads one names the code that does it, which is found by name.

    Args:
        place: A folder that :func:`save_encoder` wrote, such as that of an arm and a seed; a ``.safetensors`` file
            beside its ``.config.json``; or a folder of transformers, see
            :func:`pipeline.core.networks.folder.read_folder`.
        device: Where it is put; by default the accelerator when there is one.

    Raises:
        ProductError: There is none, it is of no type that is supported, or its weights are pickled, cut or of another
            network.
    """
    found = find_place(place)
    if found.own:
        encoder = import_network(found.config.parent, found.weights[0].stem, device)
    else:
        read: Callable[[Path], Encoder] = import_module(f"{__package__}.folder").read_folder
        encoder = read(place).to(device or accelerator()).eval()
    if not isinstance(encoder, Encoder):
        raise ProductError(f"expected an encoder, found {type(encoder).__name__}", where=str(place), fix=AGAIN)
    return encoder
