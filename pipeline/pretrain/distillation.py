"""Distillation: a student learns from what a frozen teacher makes of the very same view."""

from abc import abstractmethod

import torch
from torch import nn
from torch.nn import functional

from pipeline.core.job import Job
from pipeline.core.networks.encoder import Encoder, Outputs, unit
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Losses
from pipeline.pretrain.frozen import Frozen
from pipeline.pretrain.objective import Objective, Settings
from pipeline.pretrain.samples import Samples
from pipeline.pretrain.sources import read_teacher


class Distillation(Objective):
    """Terms between student and teacher, and, where there are labels, the cross-entropy of a linear layer.

    Args:
        encoder: The student.
        settings: Common to all arms.
        teacher: Of any family and size; it standardises the view itself, and takes no part in the export.
        classes: Number of classes of the labels; 0 without.
        alpha: Weight of the cross-entropy.
    """

    def __init__(
        self, encoder: Encoder, settings: Settings, teacher: Frozen, *, classes: int = 0, alpha: float = 1.0
    ) -> None:
        super().__init__(encoder, settings)
        self.teacher = teacher
        self.labelled = classes > 0
        self.head = nn.Linear(encoder.features, classes) if classes else nn.Identity()
        self.weights = {"cross_entropy": alpha}

    @classmethod
    def make(cls, encoder: Encoder, settings: Settings, samples: Samples, job: Job) -> "Distillation":
        """With the teacher and the options that the arm names, and the labels of its task, if it has one."""
        return cls(encoder, settings, read_teacher(job), classes=len(samples.classes), **job.spec["arm"]["options"])

    @abstractmethod
    def distilled(self, student: Outputs, teacher: Outputs, batch: Batch) -> Losses:
        """Unweighted terms as means over the batch, in full precision, named as in ``weights``."""

    def losses(self, batch: Batch) -> Losses:
        view = self.augment(unit(batch["image"]), self.settings.primary_kind)
        student, teacher = self.encoder.outputs(view), self.teacher.outputs(view)
        terms = self.distilled(student, teacher, batch)
        if self.labelled:
            terms["cross_entropy"] = functional.cross_entropy(self.head(student.features).float(), batch["label"])
        total = torch.stack([self.weights[name] * term for name, term in terms.items()]).sum()
        return {**terms, "total": total}
