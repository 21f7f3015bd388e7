"""An exported translator in use: uint8 tiles to uint8 tiles. What ``translate`` writes, later phases load here."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from pipeline.core.errors import ProductError
from pipeline.core.networks.weights import import_network
from pipeline.core.translation.noise import TileNoise


def to_tensor(images: torch.Tensor) -> torch.Tensor:
    """uint8 (B, H, W, 3) to float32 (B, 3, H, W) in [-1, 1]: ``x / 127.5 - 1``."""
    return (images.permute(0, 3, 1, 2).float() / 127.5 - 1).contiguous()


def to_images(tensor: torch.Tensor) -> torch.Tensor:
    """Float (B, 3, H, W) in [-1, 1] to uint8 (B, H, W, 3), rounded and clipped."""
    return ((tensor.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()


class Translator:
    """A network in eval mode: no dropout, stored batch statistics, so equal tiles give equal bytes.

    Args:
        network: (B, 3, H, W) in [-1, 1] to the same, on its device. One that draws noise says
            ``stochastic = True`` and takes a :class:`TileNoise` as second argument.
    """

    def __init__(self, network: nn.Module) -> None:
        self.network = network.eval()
        self.device = next(network.parameters()).device

    @classmethod
    def load(cls, folder: Path, name: str = "generator") -> "Translator":
        """Rebuilds an exported network (CycleGAN has a ``backward`` too), on the accelerator when there is one."""
        return cls(import_network(folder, name))

    def __call__(self, tiles: np.ndarray, seeds: Sequence[int] = ()) -> np.ndarray:
        """Translates tiles, uint8 (tile, y, x, 3) both; a network that draws noise needs one of ``seeds`` per tile."""
        return to_images(self.tensors(to_tensor(torch.from_numpy(tiles)), seeds)).numpy()

    @torch.no_grad()
    def tensors(self, x: torch.Tensor, seeds: Sequence[int] = ()) -> torch.Tensor:
        """Translates float (B, 3, H, W) in [-1, 1], before any rounding; the answer is on the CPU.

        Raises:
            ProductError: The network draws noise, and there is not one seed per tile.
        """
        noise = (self._noise(len(x), seeds),) if getattr(self.network, "stochastic", False) else ()
        made: torch.Tensor = self.network(x.to(self.device), *noise)
        return made.cpu()

    def _noise(self, tiles: int, seeds: Sequence[int]) -> TileNoise:
        if len(seeds) != tiles:
            raise ProductError(
                f"got {len(seeds)} seeds for {tiles} tiles",
                where=type(self.network).__name__,
                fix="a network that draws noise needs one seed per tile: see tile_seeds",
            )
        return TileNoise(seeds, self.device)
