"""Contrastive losses: the embeddings of a sample find one another among those of other samples."""

from abc import abstractmethod
from collections.abc import Sequence

import torch

from pipeline.core.train.learner import Losses


class Contrast:
    """A contrastive loss over a table of pairs.

    Args:
        temperature: Divides the cosine similarities.
    """

    name: str

    def __init__(self, temperature: float = 0.5) -> None:
        self.temperature = temperature

    def __call__(self, branches: Sequence[torch.Tensor], pairs: Sequence[tuple[int, int]]) -> Losses:
        """The sum over ``pairs`` of positions in ``branches``, embeddings (B, d)."""
        total = torch.stack([self.term(branches[i], branches[j]) for i, j in pairs]).sum()
        return {self.name: total, "total": total}

    @abstractmethod
    def term(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """That of a pair of branches, both (B, d)."""
