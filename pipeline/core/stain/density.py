"""Optical density and the two-stain Beer-Lambert model: the mathematics that stain methods share."""

import numpy as np

# torchstain's built-in target (io 240): haematoxylin and eosin as columns, and their 99th percentiles.
TYPICAL_MATRIX = np.array([[0.5626, 0.2159], [0.7201, 0.8012], [0.4062, 0.5581]])
TYPICAL_P99 = np.array([1.9705, 1.0308])
SAME = 1e-9  # squared sine of two columns that rounding alone tells apart


def optical_density(images: np.ndarray, *, io: float, offset: float) -> np.ndarray:
    """``-ln((I + offset) / io)``, with I + offset at least 1 so that black stays finite.

    Args:
        images: uint8 or float (..., 3), 0 to 255.
        io: Background intensity.
        offset: Added to every intensity; 1 in torchstain, 0 in StainTools.

    Returns:
        float64 (..., 3); negative where a pixel is brighter than ``io``.
    """
    return -np.log(np.maximum(np.asarray(images, np.float64) + offset, 1.0) / io)


def concentrations(density: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Least-squares stain amounts.

    Args:
        density: float (pixel, 3).
        matrix: float (3, stain), unit columns.

    Returns:
        float64 (pixel, stain).
    """
    return np.asarray(density @ np.linalg.pinv(matrix).T)


def intensity(amounts: np.ndarray, matrix: np.ndarray, *, io: float) -> np.ndarray:
    """Beer-Lambert: ``io * exp(-matrix @ amounts)``, clipped to [0, 255] before the cast, which would wrap.

    Args:
        amounts: float (pixel, stain).
        matrix: float (3, stain).
        io: Background intensity.

    Returns:
        uint8 (pixel, 3), rounded.
    """
    exponent = np.clip(-(amounts @ matrix.T), None, 700.0)  # exp of more overflows
    grey: np.ndarray = np.clip(np.rint(io * np.exp(exponent)), 0, 255).astype(np.uint8)
    return grey


def stain_amounts(density: np.ndarray, matrix: np.ndarray, *, penalty: float | None) -> np.ndarray:
    """:func:`sparse_concentrations` at a penalty, least-squares :func:`concentrations` at None: float64 (pixel, 2)."""
    if penalty is None:
        return concentrations(density, matrix)
    return sparse_concentrations(density, matrix, penalty=penalty)


def sparse_concentrations(density: np.ndarray, matrix: np.ndarray, *, penalty: float) -> np.ndarray:
    """Amounts of two stains, none below zero: ``min |density - matrix a|^2 / 2 + penalty |a|_1``, in closed form.

    Where the least-squares amounts of both are positive they are the answer; else one of the two is zero.

    Args:
        density: float (pixel, 3).
        matrix: float (3, 2), unit columns; of two that are the same, one has all.
        penalty: 0 or more.

    Returns:
        float64 (pixel, 2).
    """
    match = density @ matrix - penalty
    overlap = float(matrix[:, 0] @ matrix[:, 1])
    alone: np.ndarray = np.maximum(match, 0.0)
    alone[np.arange(len(alone)), match.argmin(1)] = 0.0
    if 1 - overlap**2 < SAME:
        return alone
    both = (match - overlap * match[:, ::-1]) / (1 - overlap**2)
    return np.asarray(np.where((both >= 0).all(1, keepdims=True), both, alone))
