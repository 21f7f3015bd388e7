"""Percentile bootstrap over patients and over seeds. Row 0 of every array of resamples is what was measured."""

from dataclasses import dataclass

import numpy as np

LEVEL = 95.0


@dataclass(frozen=True)
class Estimate:
    """A value and its interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


def resample(units: int, count: int, seed: int) -> np.ndarray:
    """How often each patient, or seed, is taken: float64 (1 + count, units), the first row all ones."""
    drawn = np.random.default_rng(seed).multinomial(units, np.full(units, 1 / units), size=count)
    return np.vstack([np.ones((1, units)), drawn])


def estimate(values: np.ndarray) -> Estimate:
    """The value of row 0 and the percentile interval of the others.

    Args:
        values: float (1 + resample,); undefined resamples (NaN) are left out.
    """
    if np.isnan(values[0]):
        return Estimate(None, None, None)
    drawn = values[1:][~np.isnan(values[1:])]
    if not len(drawn):
        return Estimate(float(values[0]), None, None)
    low, high = np.percentile(drawn, [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
    return Estimate(float(values[0]), float(low), float(high))


def error_reduction(base: np.ndarray, new: np.ndarray, tiles: int) -> np.ndarray:
    """ER = (1 - base) / (1 - new) of accuracies.

    An error below half a tile counts as half a tile, so that a perfect accuracy stays finite.

    Args:
        base: Accuracies of the baseline.
        new: Accuracies of the arm, of the same shape.
        tiles: Test tiles behind them.
    """
    least = 0.5 / tiles
    return np.asarray(np.maximum(1 - base, least) / np.maximum(1 - new, least))
