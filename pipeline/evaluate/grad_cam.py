"""Grad-CAM: where an image shows what a score is of (Selvaraju et al. 2017)."""

from collections.abc import Callable

import torch
from torch.nn import functional

from pipeline.core.networks.encoder import Encoder


def grad_cam(encoder: Encoder, images: torch.Tensor, score: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """Shares of what speaks for a score, (B, y, x), none negative, which add up to 1; all alike where nothing does.

    NaN where features do not come of the last map, such as those of a transformer, which are its first token.

    The encoder's last map, its channels weighted by the mean gradient of the score, negative sums cut off, and
    interpolated to the pixels of the image.

    Args:
        encoder: In eval mode.
        images: Float (B, c, y, x) in [0, 1].
        score: (B,) of features (B, f).
    """
    with torch.enable_grad():
        features, maps = encoder.outputs(images)
        (slope,) = torch.autograd.grad(score(features).sum(), maps[-1], allow_unused=True)
    if slope is None:
        return torch.full((len(images), *images.shape[-2:]), torch.nan)
    found = shares((slope.mean((2, 3), keepdim=True) * maps[-1]).sum(1), images.shape[-2:])
    return found.detach()


def shares(heat: torch.Tensor, size: torch.Size | tuple[int, int]) -> torch.Tensor:
    """What is positive of maps (B, y', x'), interpolated to ``size``, by its sum: (B, y, x)."""
    positive = functional.interpolate(heat.relu()[:, None], size=tuple(size), mode="bilinear", align_corners=False)[
        :, 0
    ]
    total = positive.sum((1, 2), keepdim=True)
    return torch.where(total > 0, positive / total.clamp(min=1e-30), 1 / positive[0].numel())
