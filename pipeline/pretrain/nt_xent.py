"""NT-Xent: the negatives of a view are all views of the other samples, of both branches (Chen et al. 2020, SimCLR)."""

import torch
from torch.nn import functional

from pipeline.pretrain.contrast import Contrast, partner_entropy


class NTXent(Contrast):
    """NT-Xent (arXiv 2002.05709, equation 1)."""

    name = "nt_xent"

    def term(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return nt_xent(a, b, self.temperature)


def nt_xent(a: torch.Tensor, b: torch.Tensor, temperature: float) -> torch.Tensor:
    """Mean cross-entropy of finding each of the 2 B views' partner among the 2 B - 1 other views; both (B, ..., d)."""
    views = functional.normalize(torch.cat([a, b]), dim=-1).movedim(0, -2)  # (..., 2 B, d)
    itself = torch.eye(2 * len(a), dtype=torch.bool, device=a.device)
    scores = (views @ views.mT / temperature).masked_fill(itself, -torch.inf)
    return partner_entropy(scores, torch.arange(2 * len(a), device=a.device).roll(len(a)))
