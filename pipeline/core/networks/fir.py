"""Halving and doubling of maps by the filter [1, 3, 3, 1], which lets no frequency through that the fewer pixels cannot
hold. Zhang, Making Convolutional Networks Shift-Invariant Again, ICML 2019; as NCSN++ has it.
"""

import torch
from torch.nn.functional import conv2d, conv_transpose2d

TAPS = (0.125, 0.375, 0.375, 0.125)


def halved(maps: torch.Tensor) -> torch.Tensor:
    """(B, c, H, W) to (B, c, H / 2, W / 2), for even sides; beyond the border there are zeros."""
    return conv2d(maps, _kernel(maps), stride=2, padding=1, groups=maps.shape[1])


def doubled(maps: torch.Tensor) -> torch.Tensor:
    """(B, c, H, W) to (B, c, 2 H, 2 W); beyond the border there are zeros."""
    return conv_transpose2d(maps, 4 * _kernel(maps), stride=2, padding=1, groups=maps.shape[1])


def _kernel(maps: torch.Tensor) -> torch.Tensor:
    taps = torch.tensor(TAPS, dtype=maps.dtype).to(maps.device, non_blocking=True)  # or every map waits for the GPU
    return torch.outer(taps, taps).expand(maps.shape[1], 1, 4, 4)
