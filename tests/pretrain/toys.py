"""A small encoder whose behaviour can be told in seconds."""

import torch
from torch import nn

from pipeline.core.networks.encoder import Encoder, Outputs


class PatchEncoder(Encoder):
    """Two layers on patches; each position of its map sees its own patch alone, and features are their mean.

    Args:
        patch: Pixels along a side.
        width: Of the hidden layer and of the features.
    """

    def __init__(self, patch: int = 4, width: int = 32) -> None:
        super().__init__({}, width, (width,), (0.5,) * 3, (0.1,) * 3)
        self.body = nn.Sequential(
            nn.Conv2d(3, width, patch, stride=patch),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 1),
        )

    def outputs(self, images: torch.Tensor) -> Outputs:
        last = self.body(self.standardised(images))
        return Outputs(last.mean((2, 3)), (last,))
