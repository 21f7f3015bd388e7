"""What learners of diffusions share that generate: noise and variance, a moving average of weights, two stages."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import torch
from torch import nn

from pipeline.core.diffusion.hybrid import hybrid
from pipeline.core.diffusion.sampling import Predict
from pipeline.core.diffusion.schedule import linear
from pipeline.core.files import Json
from pipeline.core.networks.prediction import Predicts
from pipeline.core.networks.timed_unet import Shape
from pipeline.core.train.batches import Batch
from pipeline.core.train.ema import Ema
from pipeline.core.train.learner import Exports, Losses
from pipeline.core.train.share import numbers, own, whole
from pipeline.core.translation.learner import GENERATOR, TranslatorLearner, check_size

COLD = 0.1  # share of the learning rate that the warm-up begins with: from 1e-5 to 1e-4 in NASDM
PANEL_STEPS = 20  # drawn as they came: a network that has learned little leaves a path without noise full of it
N = TypeVar("N", bound=nn.Module)


class DiffusionLearner(TranslatorLearner, Generic[N]):
    """Learns the noise, and by the bound its variance, of what it is to generate; exports the average of its weights.

    Args:
        network: To be trained.
        config: Of the network, as it is exported.
        predicts: What the squared error is of, and the network's :class:`Prediction`; noise as published.
        lr: Base learning rate, of AdamW without weight decay; 1e-4 in NASDM.
        ema: Share of the average that a step leaves: 0.9999 at scale.
        warmup: Share of the training in which the learning rate rises.
        second_stage: Share of the training after which the second stage begins: 0.5 in NASDM; 1 for none.
        second_lr: Factor on the learning rate there; 0.2 in NASDM.
        bound: Weight of the bound; see :func:`hybrid`.
    """

    def __init__(
        self,
        network: N,
        config: Json,
        *,
        lr: float,
        diffusion_steps: int,
        predicts: Predicts,
        ema: float,
        warmup: float,
        second_stage: float,
        second_lr: float,
        bound: float,
    ) -> None:
        super().__init__()
        self.lr, self.config, self.schedule, self.bound = lr, config, linear(diffusion_steps), bound
        self.velocity = predicts == "velocity"
        self.warmup, self.second_stage, self.second_lr = warmup, second_stage, second_lr
        self.network: N = network
        self.average = Ema(network, ema)
        self.second = False

    def exports(self) -> Exports:
        return {GENERATOR: (self.average.network, self.config)}

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"model": torch.optim.AdamW(self.network.parameters(), self.lr, weight_decay=0)}

    def rate(self, progress: float) -> float:
        """Rises from a tenth during the warm-up; falls once, where the second stage begins."""
        if progress < self.warmup:
            return COLD + (1 - COLD) * progress / self.warmup
        return self.second_lr if progress >= self.second_stage else 1.0

    def before_step(self, progress: float) -> None:
        self.second = progress >= self.second_stage

    def after_step(self, step: int) -> None:
        self.average.update(self.network, self.average.rising(step))

    def forward(self, batch: Batch, turn: str) -> Losses:
        return hybrid(self.schedule, *self.task(batch), weight=self.bound, velocity=self.velocity)

    @abstractmethod
    def task(self, batch: Batch) -> tuple[Predict, torch.Tensor]:
        """The prediction, which knows the conditions of the batch, and the data, float (B, C, H, W) in [-1, 1]."""


def dropped(conditions: torch.Tensor, share: float) -> torch.Tensor:
    """Conditions (B, ...), those of a random share of the rows all zeros; the same on all ranks."""
    drawn = own(numbers(whole(len(conditions)), device=conditions.device))
    return conditions * (drawn >= share).view(-1, *(1,) * (conditions.ndim - 1))


def shape_of(size: int, width: int, mult: Sequence[int], blocks: int, attention: Sequence[int]) -> dict[str, Any]:
    """The arguments of a network's shape, for tiles of ``size`` px.

    Args:
        size: Side of a tile.
        width: See :class:`Shape`.
        mult: Likewise.
        blocks: Likewise.
        attention: Sides in pixels of the maps that attend to themselves.

    Raises:
        StudyError: Tiles cannot be halved so often.
    """
    check_size(size, multiple=2 ** (len(mult) - 1))
    levels = [level for level in range(len(mult)) if size // 2**level in attention]
    return Shape(width, mult, blocks, levels).plain()
