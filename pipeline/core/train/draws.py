"""Random numbers of a batch: some for each image, the same however the batch is shared."""

import torch

from pipeline.core.train.share import normals, numbers, own, whole

SEEDS = 1 << 24  # float32 numbers in [0, 1) that are drawn
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


def noise(images: torch.Tensor, chosen: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Noise for the ``chosen``, bool (B,), of images (B, ...).

    Each has a seed of its own, so that nobody draws the pixels of other shares of the batch.

    Returns:
        Which they are, int64 (n,), and numbers in [0, 1) for each, (n, ...).
    """
    rows = chosen.nonzero()[:, 0]
    seeds = uniform(len(images), 0, SEEDS, images.device)[rows].long().tolist()
    drawn, generator = images.new_empty(len(rows), *images.shape[1:]), torch.Generator(images.device)
    for image, seed in zip(drawn, seeds, strict=True):
        image.uniform_(generator=generator.manual_seed(seed))
    return rows, drawn


def _draw(shape: Shape, device: torch.device) -> torch.Tensor:
    count, *more = _axes(shape)
    return own(numbers(whole(count), *more, device=device))


def _axes(shape: Shape) -> tuple[int, ...]:
    return shape if isinstance(shape, tuple) else (shape,)
