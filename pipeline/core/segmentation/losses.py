"""Losses of segmentation, in full precision whatever the answers are in. Pure functions."""

import torch
from torch.nn.functional import cross_entropy

from pipeline.core.diffusion.conditions import one_hot
from pipeline.core.train.distribution import summed

SMOOTH = 1e-5  # Isensee et al. 2021


def soft_dice(shares: torch.Tensor, truth: torch.Tensor, smooth: float = SMOOTH) -> torch.Tensor:
    """``(2 sum(p t) + s) / (sum(p) + sum(t) + s)`` of every channel over all pixels of the whole batch: float32 (k,).

    Of a class that no pixel has, it is next to 0 and hardly moves, unless nothing is taken for it: then it is 1.

    Args:
        shares: Probabilities, float (B, k, y, x).
        truth: 0 or 1, likewise.
        smooth: ``s``.
    """
    both, total = (summed(x.float().sum((0, 2, 3))) for x in (shares * truth, shares + truth))
    return (2 * both + smooth) / (total + smooth)


def dice_and_entropy(logits: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
    """What nnU-Net learns by: ``1 - Dice``, mean over classes without background, and the cross entropy of pixels.

    Isensee et al. 2021, with the Dice of a batch as a whole.

    Args:
        logits: float (B, classes + 1, y, x).
        mask: Class ids, int64 (B, y, x).

    Returns:
        ``dice`` and ``entropy``, scalars.
    """
    logits = logits.float()
    truth = one_hot(mask, logits.shape[1] - 1)
    return {
        "dice": 1 - soft_dice(logits.softmax(1), truth)[1:].mean(),
        "entropy": cross_entropy(logits, mask),
    }
