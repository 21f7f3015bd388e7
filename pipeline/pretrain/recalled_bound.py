"""The bound on what both features share by InfoNCE: the strangers are recalled from a memory bank."""

import torch
from torch import nn
from torch.nn import functional

from pipeline.core.networks.encoder import Outputs
from pipeline.core.networks.projection import Projection
from pipeline.pretrain.infonce_bound import infonce_bound
from pipeline.pretrain.memory_bank import MemoryBank


class RecalledBound(nn.Module):
    """InfoNCE between projections of unit length of the student's features and of the teacher's.

    A student's projection has to find its teacher's among those of other tiles, as they were when last seen.

    Args:
        student: Its number of features.
        teacher: Likewise.
        hidden: Width of the projections' hidden layer.
        tiles: Number of training tiles.
        negatives: Of each sample, the same of all in a step; a sample's own entry is none.
        width: Of the projections.
        temperature: Divides their cosine similarities.
        momentum: Of the bank.
    """

    def __init__(
        self,
        student: int,
        teacher: int,
        hidden: int,
        tiles: int,
        *,
        negatives: int = 4096,
        width: int = 128,
        temperature: float = 0.07,
        momentum: float = 0.5,
    ) -> None:
        super().__init__()
        self.negatives, self.temperature = negatives, temperature
        self.student, self.teacher = Projection(student, width, hidden), Projection(teacher, width, hidden)
        self.bank = MemoryBank(tiles, width, momentum)

    def forward(self, student: Outputs, teacher: Outputs, stranger: Outputs, tiles: torch.Tensor) -> torch.Tensor:
        """Between ``student`` and ``teacher``, both of ``tiles``, int64 (B,), whose entries are renewed."""
        own = functional.normalize(self.student(student.features), dim=1)
        taught = functional.normalize(self.teacher(teacher.features), dim=1)
        strangers, recalled = self.bank.draw(self.negatives)
        with torch.autocast(own.device.type, enabled=False):
            positive, negative = (own * taught).sum(1) / self.temperature, own @ recalled.T / self.temperature
            bound = infonce_bound(positive, negative.masked_fill(strangers == tiles[:, None], -torch.inf))
        self.bank.update(tiles, taught)
        return bound
