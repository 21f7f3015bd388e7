"""What the training loop asks of whatever learns: a translator, an encoder, a normaliser, a segmenter."""

from abc import ABC, abstractmethod
from pathlib import Path

import torch
from torch import nn

from pipeline.core.files import Json
from pipeline.core.train.batches import Batch

Losses = dict[str, torch.Tensor]
Exports = dict[str, tuple[nn.Module, Json]]


class Learner(nn.Module, ABC):
    """A learner owns its networks and optimisers and turns a batch into named losses.

    A training step walks through ``turns``: which optimisers, in which order, one as often as it is named (a GAN
    has generators and discriminators; most learners have one turn). In each turn only the parameters of that
    turn's optimiser require a gradient. Whatever a learner keeps from step to step is a parameter or a buffer, so
    that a resumed run has it.
    """

    turns: tuple[str, ...] = ("model",)
    unused = False  # whether a turn may leave parameters of its own without gradient
    validates_every: int | None = None  # steps; None = never, and the last weights are kept

    @abstractmethod
    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """The optimiser of each turn, at its base learning rate."""

    @abstractmethod
    def forward(self, batch: Batch, turn: str) -> Losses:
        """Unweighted terms and the weighted ``total`` of a turn; images in ``batch`` are uint8 NHWC."""

    @abstractmethod
    def exports(self) -> Exports:
        """The networks to keep by name, each with its config; see :func:`pipeline.core.networks.weights.describe`."""

    def rate(self, progress: float) -> float:
        """Factor on the base learning rate at ``progress`` in [0, 1)."""
        return 1.0

    def before_step(self, progress: float) -> None:
        """Called before the turns of a step, at ``progress`` in [0, 1): what is done otherwise from then on."""

    def clip(self, parameters: list[nn.Parameter]) -> None:
        """Clips the gradients of a turn's parameters in place; by default leaves them."""

    def after_step(self, step: int) -> None:
        """Called after the turns of a step, counted from 1: moving averages, momentum teachers."""

    def validate(self) -> float | None:
        """A score, less is better: every ``validates_every`` steps and at the end, in eval mode, without gradients.

        The weights of the best score are kept. None where a learner does not validate.
        """
        return None

    def sample(self, folder: Path, step: int) -> None:
        """Writes pictures of what was learned so far to ``folder``; called at every checkpoint, in eval mode."""
