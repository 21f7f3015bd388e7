"""Controls: privileged views that carry no information about their tile."""

from collections.abc import Callable
from typing import Literal

import torch

from pipeline.core.train.distribution import gathered, mine
from pipeline.core.train.share import permutation

Control = Literal["blank", "shuffled"] | None


def controlled(views: torch.Tensor, control: Control, draw: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """What ``draw`` makes of privileged views (B, ...), or of what a ``control`` shows instead of them.

    Args:
        views: Of the batch's tiles.
        control: ``shuffled``: each tile has another's; ``blank``: all have nothing; None: each has its own.
        draw: One random view of each.
    """
    drawn = draw(shuffled(views) if control == "shuffled" else views)
    return blank(drawn) if control == "blank" else drawn


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
