"""What all pretraining objectives share: the primary encoder, optimiser, schedule, clipping."""

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal

import torch
from torch import nn

from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.kinds import Kind
from pipeline.core.networks.encoder import Encoder
from pipeline.core.networks.place import NAME
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Exports, Learner, Losses
from pipeline.core.train.share import whole
from pipeline.pretrain.augment import Augment
from pipeline.pretrain.optimizers import make_optimizer
from pipeline.pretrain.samples import Samples, Views


@dataclass(frozen=True)
class Settings:
    """What params.yaml says of how an arm is trained; the same for all arms but for an own ``augment`` or ``lr``.

    ``primary_kind`` is what the tiles are pictures of. ``reduction: sum`` multiplies the loss by the batch
    size, as Keras does with a vector of losses; with ``clip_per: tensor`` that is the authors' optimisation.
    """

    lr: float
    warmup: float
    clip_norm: float | None
    clip_per: Literal["global", "tensor"]
    reduction: Literal["mean", "sum"]
    augment: Json
    primary_kind: Kind
    projector: Json
    optimizer: str = "adam"
    optimizer_options: Json = field(default_factory=dict)

    @classmethod
    def of(cls, spec: Json) -> "Settings":
        """Picks its own keys from a job's spec."""
        return cls(**{key.name: spec[key.name] for key in fields(cls)})


class Objective(Learner):
    """One way to train the primary encoder, which alone is kept.

    Args:
        encoder: The primary encoder.
        settings: Common to all arms.
    """

    trains = True

    def __init__(self, encoder: Encoder, settings: Settings) -> None:
        super().__init__()
        self.encoder, self.settings = encoder, settings
        self.augment = Augment(**settings.augment)

    @classmethod
    @abstractmethod
    def make(cls, encoder: Encoder, settings: Settings, samples: Samples, job: Job) -> "Objective":
        """The objective of a job's arm, with the loss, options and control that it names."""

    @classmethod
    def arrays(cls, samples: Samples) -> Mapping[str, Views]:
        """What batches are rows of."""
        return samples.arrays

    @abstractmethod
    def losses(self, batch: Batch) -> Losses:
        """Unweighted terms and the weighted ``total``, as means over the batch."""

    def exports(self) -> Exports:
        return {NAME: (self.encoder, self.encoder.config)}

    def forward(self, batch: Batch, turn: str) -> Losses:
        losses = self.losses(batch)
        if self.settings.reduction == "sum":
            losses["total"] = losses["total"] * whole(len(batch["image"]))
        return losses

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """The study's, over all parameters that learn."""
        settings = self.settings
        return {"model": make_optimizer(settings.optimizer, self.parameters(), settings.lr, settings.optimizer_options)}

    def rate(self, progress: float) -> float:
        """Linear from 0 over the warm-up share, then cosine to 0."""
        warmup = self.settings.warmup
        if progress < warmup:
            return progress / warmup
        return (1 + math.cos(math.pi * (progress - warmup) / (1 - warmup))) / 2

    def clip(self, parameters: list[nn.Parameter]) -> None:
        limit = self.settings.clip_norm
        if limit is None:
            return
        groups = [[p] for p in parameters] if self.settings.clip_per == "tensor" else [parameters]
        for group in groups:
            nn.utils.clip_grad_norm_(group, limit)
