"""The encoder: a residual network that takes tiles in [0, 1] and standardises them itself."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from pipeline.core.errors import ProductError
from pipeline.core.lazy import lazy
from pipeline.core.networks.weights import AGAIN, describe, export_weights, import_network

with lazy("monai", without="matplotlib"):
    from monai.networks.nets.resnet import ResNet

BLOCKS: dict[int, tuple[str, list[int], int]] = {18: ("basic", [2, 2, 2, 2], 1), 50: ("bottleneck", [3, 4, 6, 3], 4)}
NAME = "encoder"  # of its files
Colour = tuple[float, float, float]


class Encoder(nn.Module):
    """ResNet-18 or ResNet-50 with global average pooling (He et al. 2016).

    Args:
        depth: 18 (basic blocks) or 50 (bottlenecks).
        width: Channels after the stem; 64 in the paper.
        mean: Per channel, of the training tiles in [0, 1].
        std: Likewise.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, *, depth: int, width: int, mean: Colour, std: Colour) -> None:
        super().__init__()
        block, layers, expansion = BLOCKS[depth]
        self.config = describe(Encoder, depth=depth, width=width, mean=list(mean), std=list(std))
        self.features = 8 * width * expansion
        body = ResNet(
            block,
            layers,
            [width, 2 * width, 4 * width, 8 * width],
            spatial_dims=2,
            n_input_channels=3,
            conv1_t_stride=2,
            feed_forward=False,
            bias_downsample=False,
        )
        body.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a quarter faster on a CPU
        self.body = body
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(3, 1, 1), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Features (B, features) of images (B, 3, y, x) in [0, 1]."""
        images = images.contiguous(memory_format=torch.channels_last)
        features: torch.Tensor = self.body((images - self.mean) / self.std)
        return features

    @torch.no_grad()
    def embed(self, images: np.ndarray, batch: int) -> np.ndarray:
        """Features float32 (tile, features) of uint8 (tile, y, x, 3), in eval mode, ``batch`` at a time."""
        self.eval()
        device = self.mean.device
        parts = [
            self(unit(torch.from_numpy(images[i : i + batch]).to(device))).cpu() for i in range(0, len(images), batch)
        ]
        return torch.cat(parts).numpy() if parts else np.zeros((0, self.features), np.float32)


def unit(images: torch.Tensor) -> torch.Tensor:
    """uint8 (B, y, x, 3) to float32 (B, 3, y, x) in [0, 1]."""
    return images.permute(0, 3, 1, 2).contiguous().float().div_(255)


def save_encoder(folder: Path, encoder: Encoder) -> str:
    """Writes ``encoder.safetensors`` and ``encoder.config.json``; returns the weights' digest."""
    return export_weights(folder, NAME, encoder, encoder.config)


def load_encoder(folder: Path) -> Encoder:
    """The encoder of a folder, in eval mode, on the accelerator when there is one.

    Raises:
        ProductError: There is none.
    """
    encoder = import_network(folder, NAME)
    if not isinstance(encoder, Encoder):
        raise ProductError(f"expected an encoder, found {type(encoder).__name__}", where=str(folder), fix=AGAIN)
    return encoder
