"""What embeds a vector of numbers that is the privileged view, such as gene counts."""

from collections.abc import Sequence

import torch
from torch import nn

from pipeline.core.train.draws import normal, uniform

LAYERS = 3
DROPPED, NOISE = 0.2, 0.1  # largest share of numbers that are left out; deviation of what is added, of their own


class VectorEncoder(nn.Module):
    """Linear maps with batch norm and ReLU between them; the authors' own encoder is not published.

    Args:
        mean: Of every number, over the training tiles.
        std: Likewise.
        width: Of every layer, and so of the features.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float], width: int) -> None:
        super().__init__()
        self.features, parts = width, list[nn.Module]()
        for inner in [len(mean), *[width] * (LAYERS - 1)]:
            parts += [nn.Linear(inner, width), nn.BatchNorm1d(width), nn.ReLU(inplace=True)]
        self.body = nn.Sequential(*parts[:-2])
        self.register_buffer("mean", torch.tensor(mean), persistent=False)
        self.register_buffer("std", torch.tensor(std), persistent=False)

    def standardised(self, vectors: torch.Tensor) -> torch.Tensor:
        """Numbers (B, d) less their mean, by their deviation."""
        return (vectors - self.mean) / self.std

    def forward(self, vectors: torch.Tensor) -> torch.Tensor:
        """Features (B, width) of standardised numbers (B, d)."""
        features: torch.Tensor = self.body(vectors)
        return features


def draw_vectors(vectors: torch.Tensor, strength: float) -> torch.Tensor:
    """One random view of each vector: numbers left out, noise added to all.

    After the authors' augmentation of gene counts, which zeroes a share of U(0, .2) and adds N(0, 1) to counts. Here a
    number that is left out has its mean, and the noise is a tenth of each number's own deviation.

    Args:
        vectors: Float (B, d), standardised.
        strength: Of both; 0 leaves them as they are.
    """
    if not strength:
        return vectors
    shape, device = tuple(vectors.shape), vectors.device
    share = uniform(len(vectors), 0.0, DROPPED * strength, device)[:, None]
    kept = uniform(shape, 0.0, 1.0, device) >= share
    return vectors * kept + NOISE * strength * normal(shape, device)
