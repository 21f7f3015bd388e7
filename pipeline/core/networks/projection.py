"""Projection into a space in which vectors of two kinds can be compared (Hjelm et al. 2019, Deep InfoMax)."""

import torch
from torch import nn


class Projection(nn.Module):
    """LayerNorm of a perceptron with one hidden layer plus a linear shortcut.

    Args:
        features: Of its input.
        width: Of its output.
        hidden: Width of the hidden layer; that of the output where it is not given.
        batch_norm: Whether the hidden layer is standardised over the batch.
    """

    def __init__(self, features: int, width: int, hidden: int | None = None, *, batch_norm: bool = False) -> None:
        super().__init__()
        hidden = hidden or width
        norms = [nn.BatchNorm1d(hidden)] if batch_norm else []
        self.perceptron = nn.Sequential(
            nn.Linear(features, hidden), *norms, nn.ReLU(inplace=True), nn.Linear(hidden, width)
        )
        self.shortcut = nn.Linear(features, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """Projections (..., width) of vectors (..., features); in full precision from the norm on."""
        projected: torch.Tensor = self.norm((self.perceptron(vectors) + self.shortcut(vectors)).float())
        return projected
