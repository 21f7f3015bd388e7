"""NT-Xent: the negatives of a view are all views of the other samples, of both branches (Chen et al. 2020, SimCLR)."""

from collections.abc import Sequence

import torch
from torch.nn import functional

from pipeline.core.train.learner import Losses


class NTXent:
    """NT-Xent over a table of pairs (arXiv 2002.05709, equation 1).

    Args:
        temperature: Divides the cosine similarities.
    """

    def __init__(self, temperature: float = 0.5) -> None:
        self.temperature = temperature

    def __call__(self, branches: Sequence[torch.Tensor], pairs: Sequence[tuple[int, int]]) -> Losses:
        """The sum over ``pairs`` of positions in ``branches``, embeddings (B, d)."""
        terms = [nt_xent(branches[i], branches[j], self.temperature) for i, j in pairs]
        total = torch.stack(terms).sum()
        return {"nt_xent": total, "total": total}


def nt_xent(a: torch.Tensor, b: torch.Tensor, temperature: float) -> torch.Tensor:
    """Mean cross-entropy of finding each of the 2 B views' partner among the 2 B - 1 other views; both (B, d)."""
    views = functional.normalize(torch.cat([a, b]), dim=1)
    scores = views @ views.T / temperature  # (2 B, 2 B)
    scores = scores.masked_fill(torch.eye(len(views), dtype=torch.bool, device=views.device), -torch.inf)
    partner = torch.arange(len(views), device=views.device).roll(len(a))
    return functional.cross_entropy(scores, partner)
