"""Controls: privileged views that carry no information about their tile."""

import torch

from pipeline.core.train.distribution import gathered, mine
from pipeline.core.train.share import permutation


def blank(images: torch.Tensor) -> torch.Tensor:
    """Black images of the same shape."""
    return torch.zeros_like(images)


def shuffled(images: torch.Tensor) -> torch.Tensor:
    """The batch's images, none in its own place; of several ranks each gets images of all."""
    everything = gathered(images)
    return everything[mine(derangement(len(everything), images.device))]


def derangement(count: int, device: torch.device) -> torch.Tensor:
    """A random cyclic permutation, int64 (count,), alike on every rank: no fixed point if ``count`` is above 1."""
    order = permutation(count, device)
    return torch.empty_like(order).scatter_(0, order, order.roll(1))
