"""Barlow Twins: the features of two branches correlate one by one, and with no other (Zbontar et al. 2021)."""

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
        """Unweighted terms and the weighted total, summed over ``pairs`` of positions in ``branches`` (B, d)."""
        matrices = [correlations(branches[i], branches[j]) for i, j in pairs]
        invariance = torch.stack([(1 - matrix.diagonal()).square().sum() for matrix in matrices]).sum()
        redundancy = torch.stack([m.square().sum() - m.diagonal().square().sum() for m in matrices]).sum()
        total = invariance + self.redundancy * redundancy
        return {"invariance": invariance, "redundancy": redundancy, "total": total}


def correlations(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Correlation over the batch of every feature of ``a`` with every feature of ``b``, both (B, d): (d, d)."""
    return _standardised(a).T @ _standardised(b) / len(a)


def _standardised(z: torch.Tensor) -> torch.Tensor:
    return (z - z.mean(0)) / (z.var(0, correction=0) + EPSILON).sqrt()
