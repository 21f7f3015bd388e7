"""Feature regression: a linear map takes a student's features to its teacher's."""

from typing import Literal

import torch
from torch import nn
from torch.nn import functional

from pipeline.core.networks.encoder import Encoder, Outputs
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Losses
from pipeline.pretrain.distillation import Distillation
from pipeline.pretrain.frozen import Frozen
from pipeline.pretrain.objective import Settings


class FeatureRegression(Distillation):
    """The plain rival of all other distillation: as FitNets have it (Romero et al. 2015), but of the last features.

    Args:
        encoder: The student.
        settings: Common to all arms.
        teacher: Of any family and size.
        classes: Number of classes of the labels; 0 without.
        alpha: Weight of the cross-entropy.
        distance: ``mse``: mean squared difference; ``cosine``: 1 less the cosine of the angle.
    """

    def __init__(
        self,
        encoder: Encoder,
        settings: Settings,
        teacher: Frozen,
        *,
        classes: int = 0,
        alpha: float = 1.0,
        distance: Literal["mse", "cosine"] = "mse",
    ) -> None:
        super().__init__(encoder, settings, teacher, classes=classes, alpha=alpha)
        self.distance = distance
        self.regression = nn.Linear(encoder.features, teacher.features)
        self.weights[distance] = 1.0

    def distilled(self, student: Outputs, teacher: Outputs, batch: Batch) -> Losses:
        guess, truth = self.regression(student.features).float(), teacher.features.float()
        if self.distance == "mse":
            return {"mse": functional.mse_loss(guess, truth)}
        return {"cosine": 1 - torch.cosine_similarity(guess, truth, dim=1).mean()}
