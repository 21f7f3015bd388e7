"""Attention transfer: a student looks where its teacher does (Zagoruyko and Komodakis 2017)."""

import torch
from torch.nn import functional

from pipeline.core.networks.encoder import Encoder, Outputs
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Losses
from pipeline.pretrain.distillation import Distillation
from pipeline.pretrain.frozen import Frozen
from pipeline.pretrain.map_pairs import paired
from pipeline.pretrain.objective import Settings


class AttentionTransfer(Distillation):
    """Distance of the attention of both, over all pairs of maps (arXiv 1612.03928).

    As in the authors' code: mean squares times beta. Equation 2 of the paper has half of it and a norm.

    Args:
        encoder: The student.
        settings: Common to all arms.
        teacher: Of any family and size.
        classes: Number of classes of the labels; 0 without.
        alpha: Weight of the cross-entropy.
        beta: Weight of the distance.
    """

    def __init__(
        self,
        encoder: Encoder,
        settings: Settings,
        teacher: Frozen,
        *,
        classes: int = 0,
        alpha: float = 1.0,
        beta: float = 1000.0,
    ) -> None:
        super().__init__(encoder, settings, teacher, classes=classes, alpha=alpha)
        self.weights["attention"] = beta
        self.unused = not classes  # what makes features of the last map: a norm of CLIP, a head of SigLIP

    def distilled(self, student: Outputs, teacher: Outputs, batch: Batch) -> Losses:
        with torch.autocast(student.features.device.type, enabled=False):
            pairs = paired([energy(maps) for maps in student.maps], [energy(maps) for maps in teacher.maps])
            distances = [(attention(a) - attention(b)).square().mean() for a, b in pairs]
        return {"attention": torch.stack(distances).sum()}


def energy(maps: torch.Tensor) -> torch.Tensor:
    """Mean over channels of squared maps (B, c, y, x): float32 (B, y, x)."""
    return maps.float().square().mean(1)


def attention(energies: torch.Tensor) -> torch.Tensor:
    """Energies (B, y, x) as vectors of unit length (B, y x): where a network looks, however strongly."""
    return functional.normalize(energies.flatten(1), dim=1)
