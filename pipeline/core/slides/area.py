"""Exact area averages over boxes that need not lie on pixel borders."""

import numpy as np
from scipy.sparse import csr_array


def area_means(image: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Averages an image over the cells of a grid.

    Args:
        image: (y, x) or (y, x, c), any number type.
        rows: float64 (n + 1,), the cells' borders along y in pixels, 0 the upper border of the first pixel.
        columns: float64 (m + 1,), along x.

    Returns:
        float64 (n, m) or (n, m, c): each cell's mean, border pixels weighted by the share they have in
        it. A cell beyond the image has the value of its nearest pixel.
    """
    down, across = _whole(rows, image.shape[0]), _whole(columns, image.shape[1])
    if down and across and image.dtype == np.uint8:
        return block_means(image[down[0] : down[1], across[0] : across[1]], down[2], across[2])
    means = _along(image, rows)
    return np.ascontiguousarray(_along(means.swapaxes(0, 1), columns).swapaxes(0, 1))


def block_means(image: np.ndarray, high: int, wide: int) -> np.ndarray:
    """Averages over blocks of whole pixels: float64 (y / high, x / wide) or with channels behind.

    Args:
        image: uint8 (y, x) or (y, x, c), sides multiples of the block's.
        high: Of a block, pixels.
        wide: Of a block, pixels.
    """
    kind = np.uint16 if high * wide <= 257 else np.uint64
    rows = _added([image[row::high] for row in range(high)], kind)
    means = np.empty((rows.shape[0], rows.shape[1] // wide, *rows.shape[2:]))
    for channel in np.ndindex(image.shape[2:]):
        total = _added([rows[:, column::wide, *channel] for column in range(wide)], kind)
        np.divide(total, high * wide, out=means[:, :, *channel])
    return means


def _added(parts: list[np.ndarray], kind: type[np.unsignedinteger]) -> np.ndarray:
    total = parts[0].astype(kind)
    for part in parts[1:]:
        np.add(total, part, out=total)
    return total


def _whole(borders: np.ndarray, length: int) -> tuple[int, int, int] | None:
    """First pixel, last and step of cells that all have the same whole number of pixels within the image."""
    first, last, step = float(borders[0]), float(borders[-1]), float(borders[1] - borders[0])
    if not (first.is_integer() and step.is_integer() and step >= 1 and first >= 0 and last <= length):
        return None
    whole = np.array_equal(borders, first + step * np.arange(len(borders)))
    return (int(first), int(last), int(step)) if whole else None


def _along(image: np.ndarray, borders: np.ndarray) -> np.ndarray:
    """Means between borders along the first axis, whose weights are few: a sparse matrix."""
    length, count = image.shape[0], len(borders) - 1
    borders = np.clip(borders, 0, length)
    first = np.minimum(borders[:-1].astype(np.int64), length - 1)
    sizes = np.maximum(np.ceil(borders[1:]).astype(np.int64) - first, 1)
    ends = np.concatenate([[0], np.cumsum(sizes)])
    pixel = np.arange(ends[-1]) + np.repeat(first - ends[:-1], sizes)
    lower, upper = np.repeat(borders[:-1], sizes), np.repeat(borders[1:], sizes)
    held = np.minimum(upper, pixel + 1) - np.maximum(lower, pixel)
    shares = np.divide(held, upper - lower, out=np.ones_like(held), where=upper > lower)
    weights = csr_array((shares, pixel, ends), shape=(count, length))
    flat = np.ascontiguousarray(image.reshape(length, -1), np.float64)
    return np.asarray(weights @ flat).reshape(count, *image.shape[1:])


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
