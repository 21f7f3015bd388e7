"""Memory bank: what every training tile looked like when it was last seen, as negatives for those of now."""

import torch
from torch import nn
from torch.nn import functional

from pipeline.core.train.distribution import gathered


class MemoryBank(nn.Module):
    """A unit vector for each training tile, a moving average (CRD: Tian et al. 2020, arXiv 1910.10699).

    It is the same on every rank, and a buffer, so that a resumed run has it.

    Args:
        tiles: Number of training tiles.
        width: Of the vectors.
        momentum: Share of a vector that stays when its tile is seen again.
    """

    vectors: torch.Tensor
    draws: torch.Tensor

    def __init__(self, tiles: int, width: int, momentum: float) -> None:
        super().__init__()
        self.momentum = momentum
        self.register_buffer("vectors", functional.normalize(torch.randn(tiles, width), dim=1))
        self.register_buffer("draws", torch.zeros((), dtype=torch.int64))

    def draw(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Tiles int64 (count,), evenly spaced over all slides, from another start at every call; and their vectors.

        All of them where there are no more than ``count``. Nothing flows back to the vectors.
        """
        tiles = len(self.vectors)
        count = min(count, tiles)
        spaced = torch.arange(count, device=self.vectors.device) * tiles // count
        chosen = (spaced + self.draws) % tiles
        self.draws += 1
        return chosen, self.vectors[chosen]

    @torch.no_grad()
    def update(self, tiles: torch.Tensor, vectors: torch.Tensor) -> None:
        """Moves the entries of the ``tiles`` (B,) of all ranks towards their ``vectors`` (B, width) of unit length."""
        tiles, vectors = gathered(tiles), gathered(vectors.detach().float())
        kept = self.momentum * self.vectors[tiles] + (1 - self.momentum) * vectors
        self.vectors[tiles] = functional.normalize(kept, dim=1)
