"""Controls: privileged views that carry no information about their tile."""

import torch


def blank(images: torch.Tensor) -> torch.Tensor:
    """Black images of the same shape."""
    return torch.zeros_like(images)


def shuffled(images: torch.Tensor) -> torch.Tensor:
    """The batch's images, none in its own place."""
    return images[derangement(len(images), images.device)]


def derangement(count: int, device: torch.device) -> torch.Tensor:
    """A random cyclic permutation, int64 (count,): no fixed point as long as ``count`` is above 1."""
    order = torch.randperm(count, device=device)
    return torch.empty_like(order).scatter_(0, order, order.roll(1))
