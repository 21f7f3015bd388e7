"""Weights of overlapping windows that add up to one everywhere."""

import numpy as np


def window_starts(length: int, size: int, stride: int) -> np.ndarray:
    """Where windows begin along an axis: int64 (window,), ``stride`` apart, the last one moved to end with the axis.

    Args:
        length: Of the axis, pixels; windows of a shorter one reach beyond it.
        size: Of a window, pixels.
        stride: From window to window, pixels, at most ``size``.
    """
    last = max(0, length - size)
    return np.append(np.arange(0, last, stride), last)


def ramp(size: int, overlap: int) -> np.ndarray:
    """Raised cosine over the ``overlap`` of a window with either neighbour, 1 between: float64 (size,).

    Those of two windows ``size - overlap`` apart add up to 1.

    Args:
        size: Pixels.
        overlap: Pixels, at most half of them.
    """
    weights = np.ones(size)
    rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(overlap) + 0.5) / overlap) if overlap else np.empty(0)
    weights[:overlap] = rise
    weights[size - overlap :] = rise[::-1]
    return weights


def shares(starts: np.ndarray, size: int, overlap: int) -> np.ndarray:
    """Of every window its share in each of its pixels: float32 (window, size); those of a pixel add up to 1.

    Args:
        starts: See :func:`window_starts`.
        size: Pixels.
        overlap: See :func:`ramp`.
    """
    weights, total = ramp(size, overlap), np.zeros(int(starts[-1]) + size)
    for start in starts:
        total[start : start + size] += weights
    return np.stack([weights / total[start : start + size] for start in starts]).astype(np.float32)


def inner_borders(starts: np.ndarray, size: int, length: int) -> np.ndarray:
    """Where windows begin or end within an axis: int64 (border,), the pixels behind."""
    borders = np.union1d(starts, starts + size)
    return borders[(borders > 0) & (borders < length)]
