"""Contrastive losses: the embeddings of a sample find one another among those of other samples.

Embeddings are (B, ..., d), such as (B, positions, d) of a dense map: each position finds its own among those of the
other samples at that position, and the mean over positions counts.
"""

from abc import abstractmethod
from collections.abc import Sequence

import torch
from torch.nn import functional

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
        """The sum over ``pairs`` of positions in ``branches``, embeddings float32 (B, ..., d)."""
        total = torch.stack([self.term(branches[i], branches[j]) for i, j in pairs]).sum()
        return {self.name: total, "total": total}

    @abstractmethod
    def term(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """That of a pair of branches, both (B, ..., d)."""


def partner_entropy(scores: torch.Tensor, partner: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy of finding column ``partner[i]``, int64 (n,), in row *i* of ``scores`` (..., n, m)."""
    flat = scores.flatten(0, -2)
    return functional.cross_entropy(flat, partner.repeat(len(flat) // len(partner)))
