"""Entropic optimal transport by Sinkhorn's iterations (Cuturi 2013, arXiv 1306.0895), on logarithms."""

import math

import torch
from torch.nn import functional

NOTHING = 1e-6  # a mass that is all rounding: its direction says nothing


def cosine_cost(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """1 - cosine of every row of ``a`` (..., n, d) with every row of ``b`` (..., m, d): (..., n, m) in [0, 2]."""
    return 1 - functional.normalize(a, dim=-1) @ functional.normalize(b, dim=-1).mT


def sinkhorn(cost: torch.Tensor, a: torch.Tensor, b: torch.Tensor, *, epsilon: float, iterations: int) -> torch.Tensor:
    """The plan that carries ``a`` to ``b`` at the least cost minus ``epsilon`` times the plan's entropy.

    Differentiable in all three, through the iterations. What few iterations leave of the rows' masses is put right by
    :func:`rounded`, so that the answer is a plan after any number of them, and the best one after many.

    Args:
        cost: Float32 (..., n, m).
        a: Masses of the rows, positive, (..., n); they sum to 1.
        b: Masses of the columns, positive, (..., m); they sum to 1.
        epsilon: In units of the cost.
        iterations: Updates of the rows' and of the columns' potentials.

    Returns:
        Float32 (..., n, m), not negative; sums to 1.
    """
    kernel, log_a, log_b = -cost / epsilon, a.log(), b.log()
    columns = torch.zeros_like(log_b)  # the potentials, over epsilon
    for _ in range(iterations):
        rows = log_a - torch.logsumexp(kernel + columns[..., None, :], -1)
        columns = log_b - torch.logsumexp(kernel + rows[..., :, None], -2)
    return rounded((kernel + rows[..., :, None] + columns[..., None, :]).exp(), a, b)


def rounded(plan: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """A plan (..., n, m) near ``plan`` whose rows sum to ``a`` (..., n) and whose columns sum to ``b`` (..., m).

    Altschuler et al. 2017, arXiv 1705.09634, algorithm 2: what is too much is scaled down, what then lacks is added.
    """
    plan = plan * (a / plan.sum(-1)).clamp(max=1)[..., :, None]
    plan = plan * (b / plan.sum(-2)).clamp(max=1)[..., None, :]
    lacks, columns_lack = (a - plan.sum(-1)).clamp(min=0), (b - plan.sum(-2)).clamp(min=0)
    share = columns_lack / columns_lack.sum(-1, keepdim=True).clamp(min=NOTHING)
    return plan + lacks[..., :, None] * share[..., None, :]


def transport_cost(plan: torch.Tensor, cost: torch.Tensor) -> torch.Tensor:
    """⟨P, C⟩ of plans and costs (..., n, m): (...)."""
    return (plan * cost).sum((-2, -1))


def entropy(masses: torch.Tensor) -> torch.Tensor:
    """Of positive masses (..., n) that sum to 1, as a share of the largest, ln n: (...) in [0, 1]; 1 for one mass."""
    if masses.shape[-1] == 1:
        return torch.ones_like(masses[..., 0])
    return -(masses * masses.log()).sum(-1) / math.log(masses.shape[-1])
