"""Random flips and quarter turns: the eight views of a square tile that are as likely as itself."""

import torch


def dihedral(images: torch.Tensor, *others: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Gives every image one of the eight flips and turns of a square, drawn from torch's generator.

    Args:
        images: (B, C, S, S).
        others: Registered images or labels, (B, c, S, S); that of row *i* is turned alike.
    """
    draws = torch.rand(3, len(images), 1, 1, 1) < 0.5
    return tuple(_turn(stack, draws.to(stack.device)) for stack in (images, *others))


def _turn(stack: torch.Tensor, draws: torch.Tensor) -> torch.Tensor:
    across, down, swap = draws
    stack = torch.where(across, stack.flip(-1), stack)
    stack = torch.where(down, stack.flip(-2), stack)
    return torch.where(swap, stack.transpose(-1, -2), stack)
