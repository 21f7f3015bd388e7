"""A network that others learn from: nothing changes it."""

import torch
from torch import nn

from pipeline.core.networks.encoder import Encoder, Outputs


class Frozen(nn.Module):
    """An encoder in eval mode, without gradients, whatever the learner around it does.

    Args:
        encoder: Any.
    """

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder.eval().requires_grad_(False)

    @property
    def features(self) -> int:
        return self.encoder.features

    @property
    def channels(self) -> tuple[int, ...]:
        return self.encoder.channels

    def train(self, mode: bool = True) -> "Frozen":  # a learner that trains does not train its teacher
        return self

    @torch.no_grad()
    def outputs(self, images: torch.Tensor) -> Outputs:
        """What the encoder makes of images (B, c, y, x) in [0, 1]."""
        return self.encoder.outputs(images)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Features (B, features)."""
        return self.outputs(images).features
