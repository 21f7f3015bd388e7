"""The InfoNCE bound on mutual information, with negatives from anywhere (van den Oord et al. 2018)."""

import torch


def infonce_bound(positive: torch.Tensor, negative: torch.Tensor) -> torch.Tensor:
    """Mean of T - ln Σ exp T over each sample's own score and those of its K negatives.

    At most 0; ln(K + 1) more is a lower bound on the mutual information. Equal scores give -ln(K + 1)
    (arXiv 1807.03748, equation 4).

    Args:
        positive: Scores T of pairs from the joint distribution, (B,).
        negative: Of each sample with strangers, (B, K); minus infinity where one is none.
    """
    scores = torch.cat([positive[:, None], negative], 1)
    return (positive - scores.logsumexp(1)).mean()
