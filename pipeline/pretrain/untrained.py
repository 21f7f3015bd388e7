"""The floor: the encoder as it was initialised."""

import torch

from pipeline.core.job import Job
from pipeline.core.networks.encoder import Encoder
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Losses
from pipeline.pretrain.objective import Objective, Settings
from pipeline.pretrain.samples import Samples


class Untrained(Objective):
    """A loss of zero: no step changes the encoder, so none is taken."""

    trains = False

    @classmethod
    def make(cls, encoder: Encoder, settings: Settings, samples: Samples, job: Job) -> "Untrained":
        """Needs nothing but the encoder."""
        return cls(encoder, settings)

    def losses(self, batch: Batch) -> Losses:
        weights = torch.cat([parameter.flatten() for parameter in self.encoder.parameters()])
        return {"total": 0 * weights.sum()}
