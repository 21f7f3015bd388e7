"""InfoNCE between branches: the negatives of a sample are the other samples of the other branch."""

import torch
from torch.nn import functional

from pipeline.pretrain.contrast import Contrast


class InfoNCE(Contrast):
    """Symmetrised InfoNCE (lucasfarndale/TriDeNT)."""

    name = "infonce"

    def term(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return symmetric(a, b, self.temperature)


def symmetric(a: torch.Tensor, b: torch.Tensor, temperature: float) -> torch.Tensor:
    """Mean of the two directions for embeddings (B, d)."""
    return (directed(a, b, temperature) + directed(b, a, temperature)) / 2


def directed(a: torch.Tensor, b: torch.Tensor, temperature: float) -> torch.Tensor:
    """Cross-entropy of finding row *i* of ``b`` from row *i* of ``a``, both (B, d)."""
    scores = functional.normalize(a, dim=1) @ functional.normalize(b, dim=1).T / temperature  # (B, B)
    return functional.cross_entropy(scores, torch.arange(len(a), device=a.device))
