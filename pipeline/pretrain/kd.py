"""Knowledge distillation: a student learns its teacher's softened scores of classes (Hinton et al. 2015)."""

import torch
from torch import nn
from torch.nn import functional

from pipeline.core.networks.encoder import Encoder, Outputs
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Losses
from pipeline.pretrain.distillation import Distillation
from pipeline.pretrain.frozen import Frozen
from pipeline.pretrain.objective import Settings


class KD(Distillation):
    """Hinton's distillation (arXiv 1503.02531) from an encoder, which has no classes of its own.

    So a linear layer on the teacher's features, each sample's standardised, learns the labels beside the student, and
    its scores are what the student is taught; nothing of the student flows back to it.

    Args:
        encoder: The student.
        settings: Common to all arms.
        teacher: Of any family and size.
        classes: Number of classes of the labels.
        alpha: Weight of the labels for the student; that of the teacher's scores is what is left of 1.
        temperature: Divides the scores of both.
    """

    def __init__(
        self,
        encoder: Encoder,
        settings: Settings,
        teacher: Frozen,
        *,
        classes: int,
        alpha: float = 0.1,
        temperature: float = 4.0,
    ) -> None:
        super().__init__(encoder, settings, teacher, classes=classes, alpha=alpha)
        self.temperature = temperature
        self.teacher_head = nn.Sequential(
            nn.LayerNorm(teacher.features, elementwise_affine=False), nn.Linear(teacher.features, classes)
        )
        self.weights |= {"distance": 1 - alpha, "teacher_cross_entropy": 1.0}

    def distilled(self, student: Outputs, teacher: Outputs, batch: Batch) -> Losses:
        scores, taught = self.head(student.features).float(), self.teacher_head(teacher.features).float()
        return {
            "distance": softened_distance(scores, taught.detach(), self.temperature),
            "teacher_cross_entropy": functional.cross_entropy(taught, batch["label"]),
        }


def softened_distance(student: torch.Tensor, teacher: torch.Tensor, temperature: float) -> torch.Tensor:
    """Kullback-Leibler divergence of the student's softened classes from the teacher's, times the temperature squared.

    So its gradients have the same size at every temperature (section 2).

    Args:
        student: Scores (B, class).
        teacher: Likewise.
        temperature: Divides both.
    """
    own, taught = (functional.log_softmax(scores / temperature, 1) for scores in (student, teacher))
    return functional.kl_div(own, taught, reduction="batchmean", log_target=True) * temperature**2
