"""Project and dot: how well two vectors belong together, as a dot product of projections (Hjelm et al. 2019)."""

import torch
from torch import nn

from pipeline.core.networks.projection import Projection


class ProjectAndDot(nn.Module):
    """The dot product of the projections of two vectors.

    Args:
        first: Features of the first.
        second: Features of the second.
        width: Of both projections.
    """

    def __init__(self, first: int, second: int, width: int) -> None:
        super().__init__()
        self.first, self.second = Projection(first, width), Projection(second, width)

    def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        """Scores (B,) of row *i* of ``a`` (B, first) with row *i* of ``b`` (B, second)."""
        product: torch.Tensor = self.first(a) * self.second(b)
        return product.sum(-1)
