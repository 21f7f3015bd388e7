"""Random numbers that depend on the tile and on nothing else."""

from collections.abc import Iterable, Sequence

import torch

from pipeline.core.seeds import derive


def tile_seeds(seed: int, *purpose: str | int, rows: Iterable[int]) -> list[int]:
    """One seed per tile, from the study's seed, what it is for (with the slide's name) and the tile's row."""
    return [derive(seed, *purpose, int(row)) for row in rows]


class TileNoise:
    """A stream of random numbers for every tile of a batch.

    A network that draws noise says ``stochastic = True`` and takes this as its second argument: what it
    makes of a tile is then the same in every batch. Numbers are drawn on the CPU, the same for every device.

    Args:
        seeds: One per tile.
        device: Where the numbers are wanted.
    """

    def __init__(self, seeds: Sequence[int], device: torch.device | None = None) -> None:
        self._streams = [torch.Generator().manual_seed(seed) for seed in seeds]
        self._device = device

    def __len__(self) -> int:
        return len(self._streams)

    def normal(self, *shape: int) -> torch.Tensor:
        """The next standard normal numbers of every stream: float32 (B, *shape)."""
        drawn = [torch.randn(shape, generator=stream) for stream in self._streams]
        return torch.stack(drawn).to(self._device)

    def uniform(self, *shape: int) -> torch.Tensor:
        """The next numbers of every stream, even in [0, 1): float32 (B, *shape)."""
        drawn = [torch.rand(shape, generator=stream) for stream in self._streams]
        return torch.stack(drawn).to(self._device)
