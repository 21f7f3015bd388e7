"""Pairs of maps: those of two networks side by side, of one size."""

from collections.abc import Sequence

import torch
from torch.nn import functional

Maps = Sequence[torch.Tensor]
Pair = tuple[torch.Tensor, torch.Tensor]


def paired(student: Maps, teacher: Maps) -> list[Pair]:
    """Maps (B, ..., y, x) of two networks, fine to coarse, by their place from the coarsest on, of equal size.

    Networks of the same strides meet as they are. Where they differ, as those of a transformer, all of one size, and
    of a residual network do, the larger map is averaged down, so that no value is made up.
    """
    count = min(len(student), len(teacher))
    return [of_equal_size(a, b) for a, b in zip(student[-count:], teacher[-count:], strict=True)]


def of_equal_size(a: torch.Tensor, b: torch.Tensor) -> Pair:
    """Both maps (B, ..., y, x), each averaged down along the axes where it is the larger one."""
    y, x = (min(lengths) for lengths in zip(a.shape[-2:], b.shape[-2:], strict=True))
    return averaged(a, y, x), averaged(b, y, x)


def averaged(maps: torch.Tensor, y: int, x: int) -> torch.Tensor:
    """Adaptive average pooling of (..., y', x') to (..., y, x), as products of matrices: determinate on a GPU, too."""
    if maps.shape[-2:] == (y, x):
        return maps
    return _pooling(maps, -2, y).mT @ maps @ _pooling(maps, -1, x)


def _pooling(maps: torch.Tensor, axis: int, length: int) -> torch.Tensor:
    """The matrix (old length, new length) of adaptive average pooling along an axis."""
    whole = torch.eye(maps.shape[axis], dtype=maps.dtype, device=maps.device)
    return functional.adaptive_avg_pool1d(whole[None], length)[0]
