"""Weights that were there: another arm's encoder, or one that the user brought, as it is."""

import torch

from pipeline.core.job import Job
from pipeline.core.networks.encoder import Encoder
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Losses
from pipeline.pretrain.objective import Objective, Settings
from pipeline.pretrain.samples import Samples


class Pretrained(Objective):
    """Nothing is trained; the encoder is exported, so that it is scored and used as every other."""

    trains = False

    @classmethod
    def make(cls, encoder: Encoder, settings: Settings, samples: Samples, job: Job) -> "Pretrained":
        """The encoder that the arm starts from."""
        return cls(encoder, settings)

    def losses(self, batch: Batch) -> Losses:
        return {"total": torch.zeros(())}
