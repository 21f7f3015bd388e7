"""The Jensen-Shannon bound on mutual information, with one negative a sample (Hjelm et al. 2019, Deep InfoMax)."""

import torch
from torch import distributed
from torch.nn import functional

from pipeline.core.train.distribution import ranks


def jsd_bound(positive: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
    """Mean of -softplus(-T) over what belongs together, less that of softplus(T) over what does not.

    Scores of 0 give -2 ln 2; the best critic, log p / q, gives twice the Jensen-Shannon divergence of the joint
    distribution from the product of its marginals, less 2 ln 2 (arXiv 1808.06670, equation 4).

    Args:
        positive: Scores T of pairs from the joint distribution, of any shape.
        negative: Scores of pairs from the product of the marginals, of any shape.
    """
    return -functional.softplus(-positive).mean() - functional.softplus(negative).mean()


def rolled(rows: torch.Tensor) -> torch.Tensor:
    """The negatives of a batch: every row takes the place of the next of the global batch, the last that of the first.

    No row is its own negative, as with a random permutation it could be.

    Args:
        rows: This rank's, (B / ranks, ...): rows ``rank::ranks`` of the global batch.

    Returns:
        Likewise, without gradient; of one rank ``rows.roll(1, 0)``.
    """
    rows, count = rows.detach().contiguous(), ranks()
    if count == 1:
        return rows.roll(1, 0)
    rank = distributed.get_rank()
    before = torch.empty_like(rows)  # the rows of the rank before: all that this one needs
    sent = distributed.P2POp(distributed.isend, rows, (rank + 1) % count)
    received = distributed.P2POp(distributed.irecv, before, (rank - 1) % count)
    for request in distributed.batch_isend_irecv([sent, received]):
        request.wait()
    return before if rank else before.roll(1, 0)
