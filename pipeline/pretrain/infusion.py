"""Cross-view semantics infusion: how much mass each position of a map has in the transport to another view's map.

OPTiML (arXiv 2404.11868) calls it CV-SIM. Our reading: attention between two pooled vectors is trivial, so the
expanded vector of a view is cut into one token for each position, and the tokens of the views attend to one another.
"""

import torch
from torch import nn

SMALL = 1e-6  # a relevance that is all rounding


class CrossViewInfusion(nn.Module):
    """Multi-head cross-attention from the tokens of one view to those of the other, then a mass for each token.

    Args:
        width: Of a token.
        heads: Of the attention; a divisor of ``width``.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.norm = nn.LayerNorm(width)
        self.mass = nn.Linear(width, 1)

    def forward(self, own: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Masses (B, n), positive, which sum to 1, of tokens ``own`` (B, n, width) in the light of ``other``'s."""
        attended, _ = self.attention(own, other, other, need_weights=False)
        masses: torch.Tensor = self.mass(self.norm(own + attended)).squeeze(-1).softmax(-1)
        return masses


def gap_relevance(own: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Masses by what each position has in common with the mean of the other map, as DeepEMD has them.

    Zhang et al. 2020, arXiv 2003.06777, equation 7.

    Args:
        own: Map float32 (B, n, c).
        other: Map float32 (B, m, c).

    Returns:
        Float32 (B, n), not negative; sums to 1.
    """
    common = (own * other.mean(1, keepdim=True)).sum(-1).relu() + SMALL
    return common / common.sum(-1, keepdim=True)


def mixed(masses: torch.Tensor, floor: float) -> torch.Tensor:
    """Masses (..., n) of which the share ``floor`` is spread evenly: no position is left out altogether."""
    return (1 - floor) * masses + floor / masses.shape[-1]
