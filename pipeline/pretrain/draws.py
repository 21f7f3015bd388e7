"""Random numbers of a batch: some for each image, the same however the batch is shared."""

import torch

from pipeline.core.train.share import normals, numbers, own, whole

Shape = int | tuple[int, ...]


def uniform(shape: Shape, low: float, high: float, device: torch.device) -> torch.Tensor:
    """Uniform in [low, high), float32 (count,) or (count, ...), the first axis being of images."""
    return low + (high - low) * _draw(shape, device)


def chance(shape: Shape, share: float | torch.Tensor, device: torch.device) -> torch.Tensor:
    """Whether something happens, bool (count,) or (count, ...), each with the probability ``share``: one, or (...)."""
    return _draw(shape, device) < share


def normal(shape: Shape, device: torch.device) -> torch.Tensor:
    """Standard normal, float32 (count,) or (count, ...), the first axis being of images."""
    count, *more = _axes(shape)
    return own(normals(whole(count), *more, device=device))


def noise(images: torch.Tensor, share: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Noise for a ``share`` of images (B, ...): which, bool (B,), and numbers in [0, 1) for each, (chosen, ...)."""
    device = images.device
    chosen = numbers(whole(len(images)), device=device) < share
    drawn = numbers(int(chosen.sum()), *images.shape[1:], device=device)
    place = chosen.cumsum(0) - 1
    return own(chosen), drawn[own(place)[own(chosen)]]


def _draw(shape: Shape, device: torch.device) -> torch.Tensor:
    count, *more = _axes(shape)
    return own(numbers(whole(count), *more, device=device))


def _axes(shape: Shape) -> tuple[int, ...]:
    return shape if isinstance(shape, tuple) else (shape,)
