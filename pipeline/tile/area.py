"""Exact area averages over boxes that need not lie on pixel borders."""

import numpy as np


def area_means(image: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Averages an image over the cells of a grid.

    Args:
        image: (y, x) or (y, x, c), any number type.
        rows: float64 (n + 1,), the cells' borders along y in pixels, 0 the upper border of the first pixel.
        columns: float64 (m + 1,), along x.

    Returns:
        float64 (n, m) or (n, m, c): each cell's mean, border pixels weighted by the share they have in it.
    """
    return _along(_along(np.asarray(image, np.float64), rows, 0), columns, 1)


def _along(image: np.ndarray, borders: np.ndarray, axis: int) -> np.ndarray:
    """Means between borders along one axis: differences of the interpolated running sum."""
    length = image.shape[axis]
    pad = [(1, 0) if a == axis else (0, 0) for a in range(image.ndim)]
    running = np.pad(np.cumsum(image, axis), pad)
    borders = np.clip(borders, 0, length)
    left = np.minimum(borders.astype(np.int64), length - 1)
    part = np.expand_dims(borders - left, [a for a in range(image.ndim) if a != axis])
    low = np.take(running, left, axis)
    at_border = low + part * (np.take(running, left + 1, axis) - low)
    widths = np.expand_dims(np.diff(borders), [a for a in range(image.ndim) if a != axis])
    return np.asarray(np.diff(at_border, axis=axis) / widths)


def box_means(image: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Averages an image over boxes.

    Args:
        image: (y, x), any number type.
        boxes: float64 (n, 4), x0, y0, x1, y1 in pixels of the image; clipped to it.

    Returns:
        float64 (n,): means, border pixels weighted by the share they have in the box; 0 where a box lies outside.
    """
    running = np.pad(np.asarray(image, np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    height, width = image.shape
    x0, x1 = (np.clip(boxes[:, i], 0, width) for i in (0, 2))
    y0, y1 = (np.clip(boxes[:, i], 0, height) for i in (1, 3))
    total = _at(running, y1, x1) - _at(running, y0, x1) - _at(running, y1, x0) + _at(running, y0, x0)
    area = (x1 - x0) * (y1 - y0)
    means: np.ndarray = np.divide(total, area, out=np.zeros_like(total), where=area > 0)
    return means


def _at(running: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Bilinear value of a running sum, which is exact for sums over parts of pixels."""
    row = np.minimum(y.astype(np.int64), running.shape[0] - 2)
    column = np.minimum(x.astype(np.int64), running.shape[1] - 2)
    v, u = y - row, x - column
    upper = running[row, column] * (1 - u) + running[row, column + 1] * u
    lower = running[row + 1, column] * (1 - u) + running[row + 1, column + 1] * u
    return np.asarray(upper * (1 - v) + lower * v)
