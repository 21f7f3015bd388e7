"""What the training loop asks of a method."""

from abc import ABC, abstractmethod

import torch
from torch import nn

from pipeline.core.train.batches import Batch

Losses = dict[str, torch.Tensor]


class Method(nn.Module, ABC):
    """A method owns its networks and optimisers and turns a batch into named losses.

    A training step walks through ``turns`` (a GAN has two: generators, discriminators; most methods
    one). In each turn only the parameters of that turn's optimiser require a gradient.
    """

    turns: tuple[str, ...] = ("model",)

    @abstractmethod
    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """One optimiser per turn, at its base learning rate."""

    @abstractmethod
    def forward(self, batch: Batch, turn: str) -> Losses:
        """Unweighted terms and the weighted ``total`` of a turn; images in ``batch`` are uint8 NHWC."""

    def rate(self, progress: float) -> float:
        """Factor on the base learning rate at ``progress`` in [0, 1)."""
        return 1.0

    def clip(self, parameters: list[nn.Parameter]) -> None:
        """Clips the gradients of a turn's parameters in place; by default leaves them."""
