"""Random numbers of a batch: one for each image, from the global generator of its device."""

import torch


def uniform(count: int, low: float, high: float, device: torch.device) -> torch.Tensor:
    """Uniform in [low, high), float32 (count,)."""
    return low + (high - low) * torch.rand(count, device=device)


def chance(count: int, share: float, device: torch.device) -> torch.Tensor:
    """Whether something happens, bool (count,), each with the probability ``share``."""
    return torch.rand(count, device=device) < share
