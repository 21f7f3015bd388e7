"""What HoVer-Net learns by: Graham et al., HoVer-Net, Medical Image Analysis 2019. Pure functions."""

import torch
from torch.nn.functional import conv2d, cross_entropy, mse_loss

from pipeline.core.diffusion.conditions import one_hot
from pipeline.core.segmentation.losses import soft_dice
from pipeline.core.train.distribution import summed

SMOOTH = 1e-3
TAPS = 5
TINY = 1e-8


def entropy_and_dice(logits: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Cross entropy of pixels, and ``1 - Dice`` summed over all channels, the background too.

    Args:
        logits: float (B, k, y, x).
        mask: Channel of each pixel, int64 (B, y, x).
    """
    logits = logits.float()
    dice = soft_dice(logits.softmax(1), one_hot(mask, logits.shape[1] - 1), SMOOTH)
    return cross_entropy(logits, mask), (1 - dice).sum()


def distance_errors(maps: torch.Tensor, truth: torch.Tensor, inside: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Squared error of HoVer maps, mean over all pixels, and of their gradients, mean over those of objects.

    Args:
        maps: float (B, 2, y, x), across and down.
        truth: Likewise.
        inside: Pixels of objects, bool (B, y, x).
    """
    maps = maps.float()
    focus = inside.unsqueeze(1).expand_as(maps).float()
    error = (gradients(maps) - gradients(truth)).square()
    return mse_loss(maps, truth), summed((focus * error).sum()) / (summed(focus.sum()) + TINY)


def gradients(maps: torch.Tensor) -> torch.Tensor:
    """How the map across changes across, and the one down changes down: float (B, 2, y, x).

    By the published kernel of 5 taps, ``x / (x^2 + y^2)``; what lies beyond a tile is 0.
    """
    taps = torch.arange(TAPS, device=maps.device, dtype=maps.dtype) - TAPS // 2
    across = taps / (taps**2 + taps.view(-1, 1) ** 2).clamp(min=TINY)
    kernel = torch.stack([across, across.T]).unsqueeze(1)
    return conv2d(maps, kernel, padding=TAPS // 2, groups=2)
