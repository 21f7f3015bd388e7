"""Project and dot: how well two vectors belong together, as a dot product of projections (Hjelm et al. 2019)."""

import torch
from torch import nn


class Projection(nn.Module):
    """LayerNorm of a perceptron with one hidden layer plus a linear shortcut.

    Args:
        features: Of its input.
        width: Of its output.
        hidden: Width of the hidden layer; that of the output where it is not given.
    """

    def __init__(self, features: int, width: int, hidden: int | None = None) -> None:
        super().__init__()
        hidden = hidden or width
        self.perceptron = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, width))
        self.shortcut = nn.Linear(features, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """Projections (..., width) of vectors (..., features); in full precision from the norm on."""
        projected: torch.Tensor = self.norm((self.perceptron(vectors) + self.shortcut(vectors)).float())
        return projected


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
