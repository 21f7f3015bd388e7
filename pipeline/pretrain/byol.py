"""BYOL: predict what a slower copy of oneself says of another view (Grill et al. 2020, arXiv 2006.07733)."""

import math

import torch
from torch import nn
from torch.nn import functional

from pipeline.core.job import Job
from pipeline.core.networks.encoder import Encoder, unit
from pipeline.core.train.batches import Batch
from pipeline.core.train.ema import Ema
from pipeline.core.train.learner import Losses
from pipeline.pretrain.objective import Objective, Settings
from pipeline.pretrain.projector import projector
from pipeline.pretrain.samples import Samples, steps_of


class BYOL(Objective):
    """Two views of the tile; no negatives, and no loss that holds embeddings apart.

    The target, an average of encoder and projector over past steps, takes no gradient. Like the online networks it
    normalises by the statistics of its batch, as published.

    Args:
        encoder: Of the image.
        settings: Common to all arms.
        steps: Of the whole training.
        momentum: Of the target at the start; it rises to 1 at the end.
    """

    def __init__(self, encoder: Encoder, settings: Settings, *, steps: int, momentum: float = 0.996) -> None:
        super().__init__(encoder, settings)
        width = settings.projector["width"]
        self.steps, self.momentum = steps, momentum
        self.projector = projector(encoder.features, **settings.projector)
        self.predictor = projector(width, width, layers=2)
        self.target = Ema(self._online(), momentum)

    @classmethod
    def make(cls, encoder: Encoder, settings: Settings, samples: Samples, job: Job) -> "BYOL":
        """With the options of the job's arm."""
        return cls(encoder, settings, steps=steps_of(samples, job.spec), **job.spec["arm"]["options"])

    def losses(self, batch: Batch) -> Losses:
        views = [self.augment(unit(batch["image"]), self.settings.primary_kind) for _ in range(2)]
        first, second = (self.predictor(self._online()(view)) for view in views)
        with torch.no_grad():
            sought_first, sought_second = (self.target.network(view) for view in views)
        loss = distance(first, sought_second) + distance(second, sought_first)
        return {"byol": loss, "total": loss}

    def after_step(self, step: int) -> None:
        self.target.update(self._online(), rising(self.momentum, step / self.steps))

    def _online(self) -> nn.Sequential:
        return nn.Sequential(self.encoder, self.projector)


def distance(predicted: torch.Tensor, sought: torch.Tensor) -> torch.Tensor:
    """Mean of 2 - 2 cosine of embeddings (B, ..., d), in float32: 0 where all agree, 4 where they are opposite."""
    return (2 - 2 * functional.cosine_similarity(predicted.float(), sought.float(), dim=-1)).mean()


def rising(momentum: float, progress: float) -> float:
    """A momentum that rises to 1 with a cosine: 1 - (1 - ``momentum``) (1 + cos(π ``progress``)) / 2."""
    return 1 - (1 - momentum) * (1 + math.cos(math.pi * progress)) / 2
