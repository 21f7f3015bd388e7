"""What networks standardise their input by: mean and deviation of channels, or of numbers."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from pipeline.core.cohort.cohort import require_images

Colours = tuple[tuple[float, ...], tuple[float, ...]]  # mean and standard deviation per channel, or per number


def colour(blocks: Iterable[np.ndarray], where: str) -> Colours:
    """Mean and standard deviation per channel, in [0, 1], of blocks of uint8 or uint16 (tile, y, x, c).

    A channel that never varies gets a deviation of one grey level.

    Args:
        blocks: Of images.
        where: They come from, for the error.

    Raises:
        ProductError: They are no such images.
    """
    count, first, second, top = 0, np.zeros(()), np.zeros(()), 1
    for images in blocks:
        require_images(images, where)
        top = np.iinfo(images.dtype).max
        values = images.reshape(-1, images.shape[-1]).astype(np.float64) / top
        count, first = count + len(values), first + values.sum(0)
        second = second + np.einsum("nc,nc->c", values, values)
    mean = first / count
    std = np.sqrt(np.maximum(second / count - mean**2, 0.0)).clip(1 / top)
    return _rounded(mean), _rounded(std)


def moments(vectors: np.ndarray) -> Colours:
    """Mean and standard deviation of every column; 1 of one that never varies."""
    mean, std = vectors.mean(0, np.float64), vectors.std(0, np.float64)
    return tuple(mean.tolist()), tuple(np.where(std > 0, std, 1.0).tolist())


def _rounded(values: Any) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)
