"""Percentile bootstrap over patients and over seeds. Row 0 of every array of resamples is what was measured."""

import numpy as np

from pipeline.core.manifests.scores import Estimate
from pipeline.core.measures.pool import Pool

LEVEL = 95.0


def resample(units: int, count: int, seed: int) -> np.ndarray:
    """How often each patient, or seed, is taken: float64 (1 + count, units), the first row all ones."""
    drawn = np.random.default_rng(seed).multinomial(units, np.full(units, 1 / units), size=count)
    return np.vstack([np.ones((1, units)), drawn])


def replicate(pool: Pool, weights: np.ndarray) -> dict[str, np.ndarray]:
    """Metric to its value in every resample: float64 (resample,).

    One patient says nothing about others: a value then, and NaN for the resamples.

    Args:
        pool: What was measured.
        weights: float (resample, patient) from :func:`resample`.
    """
    if weights.shape[1] > 1:
        return pool.values(weights)
    unknown = np.full(len(weights) - 1, np.nan)
    return {metric: np.concatenate([value, unknown]) for metric, value in pool.values(weights[:1]).items()}


def estimate(values: np.ndarray) -> Estimate:
    """The value of row 0 and the percentile interval of the others.

    Args:
        values: float (1 + resample,); undefined resamples (NaN) are left out.
    """
    if np.isnan(values[0]):
        return Estimate(value=None, low=None, high=None)
    drawn = values[1:][~np.isnan(values[1:])]
    if not len(drawn):
        return Estimate(value=float(values[0]), low=None, high=None)
    low, high = np.percentile(drawn, [(100 - LEVEL) / 2, (100 + LEVEL) / 2])
    return Estimate(value=float(values[0]), low=float(low), high=float(high))
