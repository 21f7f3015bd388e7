"""What labels teach: the same encoder trained with them."""

from torch import nn
from torch.nn import functional

from pipeline.core.job import Job
from pipeline.core.networks.encoder import Encoder, unit
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Losses
from pipeline.pretrain.objective import Objective, Settings
from pipeline.pretrain.samples import Samples


class Supervised(Objective):
    """Cross-entropy of a linear layer on the encoder.

    Args:
        encoder: Of the image.
        settings: Common to all arms.
        classes: Number of classes.
    """

    def __init__(self, encoder: Encoder, settings: Settings, *, classes: int) -> None:
        super().__init__(encoder, settings)
        self.head = nn.Linear(encoder.features, classes)

    @classmethod
    def make(cls, encoder: Encoder, settings: Settings, samples: Samples, job: Job) -> "Supervised":
        """One output per class of the arm's task."""
        return cls(encoder, settings, classes=len(samples.classes))

    def losses(self, batch: Batch) -> Losses:
        view = self.augment(unit(batch["image"]), self.settings.primary_kind)
        scores = self.head(self.encoder(view))
        loss = functional.cross_entropy(scores.float(), batch["label"])
        return {"cross_entropy": loss, "total": loss}
