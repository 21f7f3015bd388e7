"""An exported translator in use: tiles to tiles. What ``translate`` writes, later phases load here."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from pipeline.core.errors import ProductError
from pipeline.core.networks.weights import import_network
from pipeline.core.translation.noise import TileNoise
from pipeline.core.translation.parts import parts
from pipeline.core.translation.pixels import RGB, Pixels


def to_tensor(images: torch.Tensor) -> torch.Tensor:
    """uint8 (B, H, W, 3) to float32 (B, 3, H, W) in [-1, 1]: ``x / 127.5 - 1``."""
    return RGB.tensor(images)


def to_images(tensor: torch.Tensor) -> torch.Tensor:
    """Float (B, 3, H, W) in [-1, 1] to uint8 (B, H, W, 3), rounded and clipped."""
    return RGB.images(tensor)


class Translator:
    """A network in eval mode: no dropout, stored batch statistics, so equal tiles give equal bytes.

    Args:
        network: (B, c, H, W) in [-1, 1] to the same, on its device. One that draws noise says
            ``stochastic = True`` and takes a :class:`TileNoise` as second argument. One that translates other pixels
            than 8-bit RGB says which by ``reads`` and ``makes``, :class:`Pixels` both.
    """

    def __init__(self, network: nn.Module) -> None:
        self.network = network.eval()
        self.source: Pixels = getattr(network, "reads", RGB)
        self.target: Pixels = getattr(network, "makes", RGB)
        self.device = next(network.parameters()).device

    @classmethod
    def load(cls, folder: Path, name: str = "generator") -> "Translator":
        """Rebuilds an exported network (CycleGAN has a ``backward`` too), on the accelerator when there is one."""
        return cls(import_network(folder, name))

    def __call__(self, tiles: np.ndarray, seeds: Sequence[int] = ()) -> np.ndarray:
        """Translates tiles, (tile, y, x, c) both; a network that draws noise needs one of ``seeds`` per tile.

        Raises:
            ProductError: They are of other pixels than the network reads, or there is not one seed per tile.
        """
        self.source.check(tiles, type(self.network).__name__)
        return self.target.images(self.tensors(self.source.tensor(torch.from_numpy(tiles)), seeds)).numpy()

    @torch.no_grad()
    def tensors(self, x: torch.Tensor, seeds: Sequence[int] = ()) -> torch.Tensor:
        """Translates float (B, c, H, W) in [-1, 1], before any rounding; the answer is on the CPU.

        What a network that draws noise makes of a tile is the same in every batch, to the last bit.

        Raises:
            ProductError: The network draws noise, and there is not one seed per tile.
        """
        if not getattr(self.network, "stochastic", False):
            made: torch.Tensor = self.network(x.to(self.device))
            return made.cpu()
        if len(seeds) != len(x):
            raise ProductError(
                f"got {len(seeds)} seeds for {len(x)} tiles",
                where=type(self.network).__name__,
                fix="a network that draws noise needs one seed per tile: see tile_seeds",
            )
        drawn = []
        for count, rows in parts(len(x), self.device):
            noise = TileNoise([seeds[row] for row in rows], self.device)
            drawn.append(self.network(x[rows].to(self.device), noise)[:count].cpu())
        return torch.cat(drawn)
