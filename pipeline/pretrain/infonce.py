"""InfoNCE between branches: the negatives of a sample are the other samples of the other branch."""

import torch
from torch.nn import functional

from pipeline.pretrain.contrast import Contrast, partner_entropy


class InfoNCE(Contrast):
    """Symmetrised InfoNCE (lucasfarndale/TriDeNT)."""

    name = "infonce"

    def term(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return symmetric(a, b, self.temperature)


def symmetric(a: torch.Tensor, b: torch.Tensor, temperature: float) -> torch.Tensor:
    """Mean of the two directions for embeddings (B, ..., d)."""
    return (directed(a, b, temperature) + directed(b, a, temperature)) / 2


def directed(a: torch.Tensor, b: torch.Tensor, temperature: float) -> torch.Tensor:
    """Cross-entropy of finding row *i* of ``b`` from row *i* of ``a``, both (B, ..., d); its mean over positions."""
    found, sought = (functional.normalize(z, dim=-1).movedim(0, -2) for z in (a, b))  # (..., B, d)
    return partner_entropy(found @ sought.mT / temperature, torch.arange(len(a), device=a.device))
