"""InfoNCE between branches: the negatives of a sample are the other samples of the other branch."""

from collections.abc import Sequence

import torch
from torch.nn import functional

from pipeline.core.train.learner import Losses


class InfoNCE:
    """Symmetrised InfoNCE over a table of pairs (lucasfarndale/TriDeNT).

    Args:
        temperature: Divides the cosine similarities.
    """

    def __init__(self, temperature: float = 0.5) -> None:
        self.temperature = temperature

    def __call__(self, branches: Sequence[torch.Tensor], pairs: Sequence[tuple[int, int]]) -> Losses:
        """The sum over ``pairs`` of positions in ``branches``, embeddings (B, d)."""
        terms = [symmetric(branches[i], branches[j], self.temperature) for i, j in pairs]
        total = torch.stack(terms).sum()
        return {"infonce": total, "total": total}


def symmetric(a: torch.Tensor, b: torch.Tensor, temperature: float) -> torch.Tensor:
    """Mean of the two directions for embeddings (B, d)."""
    return (directed(a, b, temperature) + directed(b, a, temperature)) / 2


def directed(a: torch.Tensor, b: torch.Tensor, temperature: float) -> torch.Tensor:
    """Cross-entropy of finding row *i* of ``b`` from row *i* of ``a``, both (B, d)."""
    scores = functional.normalize(a, dim=1) @ functional.normalize(b, dim=1).T / temperature  # (B, B)
    return functional.cross_entropy(scores, torch.arange(len(a), device=a.device))
