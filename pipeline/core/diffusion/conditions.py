"""Conditions that masks of nuclei make: the class of every pixel, and where instances meet. Pure functions."""

from collections.abc import Iterable

import numpy as np
import torch

from pipeline.core.diffusion.nuclei import LEAST as LEAST
from pipeline.core.errors import ProductError


def one_hot(mask: torch.Tensor, classes: int) -> torch.Tensor:
    """Background and classes as channels of 0 and 1: float32 (B, classes + 1, H, W).

    Args:
        mask: Class ids, integers (B, H, W), 0 to ``classes``; see :func:`check_classes`.
        classes: How many there are.
    """
    ids = torch.arange(classes + 1, device=mask.device).view(1, -1, 1, 1)
    return (mask.long().unsqueeze(1) == ids).float()


def edges(instance: torch.Tensor) -> torch.Tensor:
    """Pixels one of whose four neighbours has another id, on both sides of a border: bool (B, H, W).

    Args:
        instance: Ids of nuclei, integers (B, H, W), 0 for background. What lies beyond a tile is not known and no edge.
    """
    ids = instance.long()
    found = torch.zeros_like(ids, dtype=torch.bool)
    across, down = ids[:, :, 1:] != ids[:, :, :-1], ids[:, 1:] != ids[:, :-1]
    found[:, :, 1:] |= across
    found[:, :, :-1] |= across
    found[:, 1:] |= down
    found[:, :-1] |= down
    return found


def conditions(mask: torch.Tensor, instance: torch.Tensor, classes: int) -> torch.Tensor:
    """What NASDM is told of a tile: float32 (B, classes + 2, H, W), background, classes and edges, each 0 or 1.

    Args:
        mask: See :func:`one_hot`.
        instance: See :func:`edges`.
        classes: How many there are.
    """
    return torch.cat([one_hot(mask, classes), edges(instance).float().unsqueeze(1)], 1)


def presence(mask: torch.Tensor, classes: int, least: int = LEAST) -> torch.Tensor:
    """Whether background and classes are present, by ``least`` pixels or more: float32 (B, classes + 1).

    The background always counts as present, so that a mask without a nucleus differs from one that nothing is said of.
    """
    found = one_hot(mask, classes).sum((2, 3)) >= least
    found[:, 0] = True
    return found.float()


def check_classes(masks: Iterable[np.ndarray], classes: int, *, where: str) -> None:
    """Whether masks hold no other classes.

    Args:
        masks: Class ids, uint8 (tile, y, x), in parts.
        classes: With ids from 1.
        where: They come from, for the error.

    Raises:
        ProductError: They do.
    """
    for part in masks:
        if part.max(initial=0) > classes:
            raise ProductError(
                f"class id {part.max()} in a mask, expected 0 to {classes}",
                where=where,
                fix="name every class of the mask stain in params.yaml: stains, or number the masks anew",
            )
