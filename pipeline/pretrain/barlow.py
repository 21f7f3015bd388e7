"""Barlow Twins: the features of two branches correlate one by one, and with no other (Zbontar et al. 2021).

Embeddings are (B, ..., d), such as (B, positions, d) of a dense map: correlations over the batch are taken at every
position by itself, and their mean over positions counts.
"""

from collections.abc import Sequence

import torch

from pipeline.core.train.learner import Losses

EPSILON = 1e-5  # of a variance, as in batch norm: a feature that does not vary has no correlation


class BarlowTwins:
    """Barlow Twins over a table of pairs (arXiv 2103.03230, equation 1).

    Args:
        redundancy: Weight of the correlations between different features.
    """

    def __init__(self, redundancy: float = 5e-3) -> None:
        self.redundancy = redundancy

    def __call__(self, branches: Sequence[torch.Tensor], pairs: Sequence[tuple[int, int]]) -> Losses:
        """Unweighted terms and the weighted total, summed over ``pairs`` of positions in ``branches`` (B, ..., d)."""
        matrices = [correlations(branches[i], branches[j]) for i, j in pairs]
        invariance = torch.stack([on_diagonal(matrix) for matrix in matrices]).sum()
        redundancy = torch.stack([off_diagonal(matrix) for matrix in matrices]).sum()
        total = invariance + self.redundancy * redundancy
        return {"invariance": invariance, "redundancy": redundancy, "total": total}


def correlations(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Correlation over the batch of every feature of ``a`` with every one of ``b``, both (B, ..., d): (..., d, d)."""
    return _standardised(a).movedim(0, -1) @ _standardised(b).movedim(0, -2) / len(a)


def on_diagonal(matrix: torch.Tensor) -> torch.Tensor:
    """Sum of (1 - correlation)² of each feature with itself, of correlations (..., d, d); its mean over positions."""
    return (1 - matrix.diagonal(dim1=-2, dim2=-1)).square().sum(-1).mean()


def off_diagonal(matrix: torch.Tensor) -> torch.Tensor:
    """Sum of squared correlations of different features, of correlations (..., d, d); its mean over positions."""
    own = matrix.diagonal(dim1=-2, dim2=-1).square().sum(-1)
    return (matrix.square().sum((-2, -1)) - own).mean()


def _standardised(z: torch.Tensor) -> torch.Tensor:
    return (z - z.mean(0)) / (z.var(0, correction=0) + EPSILON).sqrt()
