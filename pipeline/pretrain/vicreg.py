"""VICReg: invariance, variance, covariance (Bardes et al. 2022, arXiv 2105.04906).

Embeddings are (B, ..., d), such as (B, positions, d) of a dense map: statistics over the batch are taken at every
position by itself, and their mean over positions counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from pipeline.core.train.learner import Losses

Pairs = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Form:
    """How an implementation weighs and counts its terms.

    Args:
        weights: Of invariance, variance and covariance.
        per_feature: The squared distance is a mean over features, not a sum.
        half_variance: The variance term of a pair is the mean of its branches, not their sum.
        by_branch: Each branch's variance and covariance count once, and each pair's distance twice
            (ordered pairs); else all terms are summed over the pairs.
        epsilon: Added to the variance.
        ddof: Delta degrees of freedom of variance and covariance.
    """

    weights: tuple[float, float, float] = (25.0, 25.0, 1.0)
    per_feature: bool = True
    half_variance: bool = True
    by_branch: bool = False
    epsilon: float = 1e-4
    ddof: int = 1


FORMS = {
    "paper": Form(per_feature=False, half_variance=False),
    "pairwise": Form(),  # facebookresearch/vicreg, summed over the pairs of any number of branches
    "released": Form(half_variance=False, by_branch=True, epsilon=1e-5, ddof=0),  # lucasfarndale/TriDeNT
}


class VICReg:
    """VICReg over a table of pairs.

    Args:
        mode: One of FORMS.

    Raises:
        KeyError: The mode is none of FORMS.
    """

    def __init__(self, mode: str = "released") -> None:
        self.form = FORMS[mode]

    def __call__(self, branches: Sequence[torch.Tensor], pairs: Pairs) -> Losses:
        """Unweighted terms and the weighted total.

        Args:
            branches: Embeddings float32 (B, ..., d), row *i* of each from sample *i*.
            pairs: Positions in ``branches``; a branch in no pair has no term at all.
        """
        form = self.form
        distance = torch.stack([invariance(branches[i], branches[j]) for i, j in pairs]).sum()
        if form.by_branch:
            counted = sorted({branch for pair in pairs for branch in pair})
            distance = 2 * distance
        else:
            counted = [branch for pair in pairs for branch in pair]
        if not form.per_feature:
            distance = distance * branches[0].shape[-1]
        variances = torch.stack([variance(branches[b], form.epsilon, form.ddof) for b in counted]).sum()
        if form.half_variance:
            variances = variances / 2
        covariances = torch.stack([covariance(branches[b], form.ddof) for b in counted]).sum()
        terms = {"invariance": distance, "variance": variances, "covariance": covariances}
        total = sum((w * t for w, t in zip(form.weights, terms.values(), strict=True)), torch.zeros_like(distance))
        return {**terms, "total": total}


def invariance(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Mean squared difference of embeddings (B, ..., d)."""
    return functional.mse_loss(a, b)


def variance(z: torch.Tensor, epsilon: float, ddof: int) -> torch.Tensor:
    """Mean over features and positions of max(0, 1 - standard deviation) of embeddings (B, ..., d)."""
    deviation = (z.var(0, correction=ddof) + epsilon).sqrt()
    return functional.relu(1 - deviation).mean()


def covariance(z: torch.Tensor, ddof: int) -> torch.Tensor:
    """Sum of squared off-diagonal covariances of embeddings (B, ..., d), divided by d; its mean over positions."""
    centred = (z - z.mean(0)).movedim(0, -2)  # (..., B, d)
    matrix = centred.mT @ centred / (len(z) - ddof)  # (..., d, d)
    diagonal = matrix.diagonal(dim1=-2, dim2=-1)
    return (matrix.square().sum() - diagonal.square().sum()) / z[0].numel()
