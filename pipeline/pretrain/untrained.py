"""The floor: the encoder as it was initialised, but for the statistics of batch norm."""

import numpy as np
import torch
from torch import nn

from pipeline.core.job import Job
from pipeline.core.networks.encoder import Encoder, unit
from pipeline.core.seeds import derive
from pipeline.core.store.rows import Rows
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Losses
from pipeline.pretrain.objective import Objective, Settings
from pipeline.pretrain.samples import Samples

LIMIT = 1024  # training tiles that are looked at


class Untrained(Objective):
    """A loss of zero: no step changes the encoder, so none is taken."""

    trains = False

    @classmethod
    def make(cls, encoder: Encoder, settings: Settings, samples: Samples, job: Job) -> "Untrained":
        """Gives the encoder the statistics of the training tiles."""
        images, seed = samples.arrays["image"], derive(job.spec["seed"], "untrained")
        rows = np.random.default_rng(seed).permutation(len(images))[:LIMIT]
        settle(encoder, images, np.array_split(rows, -(-len(rows) // job.spec["batch"])))
        return cls(encoder, settings)

    def losses(self, batch: Batch) -> Losses:
        weights = torch.cat([parameter.flatten() for parameter in self.encoder.parameters()])
        return {"total": 0 * weights.sum()}


@torch.no_grad()
def settle(encoder: Encoder, images: np.ndarray | Rows, batches: list[np.ndarray]) -> None:
    """Sets the statistics of every batch norm to the mean of those of some batches; nothing else changes.

    In an encoder as it was initialised they are 0 and 1, and standardise nothing.

    Args:
        encoder: In train mode for as long; in eval mode afterwards.
        images: uint8 (tile, y, x, 3).
        batches: Rows of each.
    """
    norms = [module for module in encoder.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the mean over batches
    encoder.train()
    for rows in batches:
        encoder(unit(torch.from_numpy(images[rows])))
    encoder.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
