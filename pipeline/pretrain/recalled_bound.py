"""The bound on what both features share by InfoNCE: the strangers are recalled from memory banks."""

import torch
from torch import nn
from torch.nn import functional

from pipeline.core.networks.encoder import Outputs
from pipeline.pretrain.infonce_bound import infonce_bound
from pipeline.pretrain.memory_bank import MemoryBank
from pipeline.pretrain.project_dot import Projection


class RecalledBound(nn.Module):
    """InfoNCE between projections of unit length of the student's features and of the teacher's.

    The mean of both directions, as in CRD: a student's projection has to find its teacher's among those of other tiles,
    and a teacher's its student's. With one direction alone the projections that are only sought, and never kept
    apart, become one and the same.

    Args:
        student: Its number of features.
        teacher: Likewise.
        hidden: Width of the projections' hidden layer.
        tiles: Number of training tiles.
        negatives: Of each sample, the same of all in a step; a sample's own entry is none.
        width: Of the projections.
        temperature: Divides their cosine similarities.
        momentum: Of the banks.
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
        self.students, self.teachers = (MemoryBank(tiles, width, momentum) for _ in range(2))

    def forward(self, student: Outputs, teacher: Outputs, stranger: Outputs, tiles: torch.Tensor) -> torch.Tensor:
        """Between ``student`` and ``teacher``, both of ``tiles``, int64 (B,), whose entries are renewed."""
        own = functional.normalize(self.student(student.features), dim=1)
        taught = functional.normalize(self.teacher(teacher.features), dim=1)
        with torch.autocast(own.device.type, enabled=False):
            bound = (
                self._directed(own, taught, self.teachers, tiles) + self._directed(taught, own, self.students, tiles)
            ) / 2
        self.students.update(tiles, own)
        self.teachers.update(tiles, taught)
        return bound

    def _directed(self, a: torch.Tensor, b: torch.Tensor, bank: MemoryBank, tiles: torch.Tensor) -> torch.Tensor:
        """Of finding ``b`` from ``a``, both (B, width), among those of its kind in the ``bank``."""
        strangers, vectors = bank.draw(self.negatives)
        positive, negative = (a * b).sum(1) / self.temperature, a @ vectors.T / self.temperature
        return infonce_bound(positive, negative.masked_fill(strangers == tiles[:, None], -torch.inf))
