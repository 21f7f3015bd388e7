"""OPTiML's loss: maps of two views agree where optimal transport says that they show the same.

After arXiv 2404.11868 (OTCXR), of whose loss no more than the form is known to us: α transport + β variance + η
covariance. Our reading: a cost of 1 - cosine where the text fills the matrix with the cosine and yet minimises it; the
tokens of :mod:`pipeline.pretrain.infusion`; VICReg's variance and covariance; every number.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import nn

from pipeline.core.train.distribution import gathered
from pipeline.core.train.learner import Losses
from pipeline.pretrain.infusion import CrossViewInfusion, gap_relevance, mixed
from pipeline.pretrain.sinkhorn import cosine_cost, entropy, sinkhorn, transport_cost
from pipeline.pretrain.vicreg import covariance, variance

EPSILON, DDOF = 1e-4, 1  # of variance and covariance, as VICReg's paper has them


class TransportLoss(nn.Module):
    """The loss of two views' maps and of the vectors that their features expand to.

    Args:
        marginals: What the masses of positions come of: attention between the views' tokens (``cvsim``), what a
            position has in common with the other view's mean (``gap_relevance``), or nothing (``uniform``).
        alpha: Weight of the transport.
        beta: Weight of the variance.
        eta: Weight of the covariance.
        d_tok: Width of a token; an expanded vector holds one for each position.
        heads: Of the attention; a divisor of ``d_tok``.
        floor: Share of the mass that is spread evenly: positions that match already would take it all.
        epsilon: Weight of the plan's entropy, in units of the cost, which lies in [0, 2].
        iterations: Of Sinkhorn's algorithm.
    """

    def __init__(
        self,
        *,
        marginals: Literal["cvsim", "gap_relevance", "uniform"] = "cvsim",
        alpha: float = 25.0,
        beta: float = 25.0,
        eta: float = 1.0,
        d_tok: int = 64,
        heads: int = 4,
        floor: float = 0.1,
        epsilon: float = 0.05,
        iterations: int = 50,
    ) -> None:
        super().__init__()
        self.marginals, self.weights, self.d_tok = marginals, (alpha, beta, eta), d_tok
        self.floor, self.epsilon, self.iterations = floor, epsilon, iterations
        self.infusion = CrossViewInfusion(d_tok, heads) if marginals == "cvsim" else None

    def forward(self, maps: Sequence[torch.Tensor], expanded: Sequence[torch.Tensor]) -> Losses:
        """Unweighted terms, the weighted total, and the ``entropy`` of the masses: 1 where they are even.

        The transport is a mean over this rank's tiles, variance and covariance are of those of all ranks.

        Args:
            maps: (B, positions, c) of each view; taken to float32, as all that follows.
            expanded: (B, positions * d_tok) of each view.
        """
        with torch.autocast(maps[0].device.type, enabled=False):
            own, other = (values.float() for values in maps)
            vectors = [values.float() for values in expanded]
            masses = self.masses((own, other), vectors)
            cost = cosine_cost(own, other)
            plan = sinkhorn(cost, *masses, epsilon=self.epsilon, iterations=self.iterations)
            whole = [gathered(z) for z in vectors]
            terms = {
                "transport": transport_cost(plan, cost).mean(),
                "variance": torch.stack([variance(z, EPSILON, DDOF) for z in whole]).sum(),
                "covariance": torch.stack([covariance(z, DDOF) for z in whole]).sum(),
            }
            total = torch.stack([w * term for w, term in zip(self.weights, terms.values(), strict=True)]).sum()
        return {**terms, "entropy": entropy(torch.stack(masses).detach()).mean(), "total": total}

    def masses(
        self, maps: tuple[torch.Tensor, torch.Tensor], expanded: Sequence[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Of the positions of both views, float32 (B, positions) each; see :meth:`forward`."""
        own, other = maps
        if self.infusion is not None:
            tokens, others = (z.view(len(z), -1, self.d_tok) for z in expanded)
            found = self.infusion(tokens, others), self.infusion(others, tokens)
        elif self.marginals == "gap_relevance":
            found = gap_relevance(own, other), gap_relevance(other, own)
        else:
            return even(own), even(other)
        return mixed(found[0], self.floor), mixed(found[1], self.floor)


def even(values: torch.Tensor) -> torch.Tensor:
    """The same mass for each position of a map (B, n, c): (B, n)."""
    return torch.full_like(values[..., 0], 1 / values.shape[1])
