"""Intervals over patients, seeds and draws of labels that were not seen.

The variance of a figure is estimated from a crossed layout, every seed and draw measured on every patient:
the jackknife gives each patient's share, which works for figures that are no means, such as AUROC.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import expit, logit
from scipy.stats import t

from pipeline.core.manifests.scores import Estimate
from pipeline.core.measures.pool import Pool

LEVEL, POWER = 0.95, 0.8
TAIL = (1 + LEVEL) / 2
PATIENTS = 2  # axis of the patients


@dataclass(frozen=True)
class Spread:
    """A figure, its variance, and the degrees of freedom of that; NaN both where they cannot be known."""

    value: float
    variance: float
    freedom: float

    @property
    def half(self) -> float:
        """Half the width of the interval."""
        return float(t.ppf(TAIL, self.freedom) * np.sqrt(self.variance))

    @property
    def p(self) -> float:
        """Two-sided, of the value being zero."""
        if self.variance == 0:
            return float(self.value == 0)
        return float(2 * t.sf(abs(self.value) / np.sqrt(self.variance), self.freedom))

    def smallest(self, comparisons: int = 1) -> float:
        """The smallest difference that such a study sees with a chance of POWER.

        Args:
            comparisons: Among which Holm's correction looks: what is seen alone passes its first step.
        """
        tail = 1 - (1 - TAIL) / comparisons
        return float((t.ppf(tail, self.freedom) + t.ppf(POWER, self.freedom)) * np.sqrt(self.variance))

    def estimate(self, scale: str = "plain", within: tuple[float, float] = (-np.inf, np.inf)) -> Estimate:
        """The value and its interval.

        Args:
            scale: ``plain``: t about the value. ``share``: of a value within (0, 1), on its logit. ``log``: the
                value is a logarithm; what is returned is not.
            within: What the value cannot lie beyond; the interval is cut off there, and holds the truth as often.
        """
        if np.isnan(self.value):
            return Estimate(value=None, low=None, high=None)
        value, half = self.value, self.half
        low, high = value - half, value + half
        if scale == "share" and 0 < value < 1:
            half /= value * (1 - value)
            low, high = expit(logit(value) - half), expit(logit(value) + half)
        if scale == "log":
            value, low, high = np.exp([value, low, high])
        low, high = np.clip([low, high], *within)
        known = not np.isnan(half)
        return Estimate(value=float(value), low=float(low) if known else None, high=float(high) if known else None)


def leave_one_out(patients: int) -> np.ndarray:
    """Weights of patients: float64 (1 + patients, patients), all of them, then all but each.

    Of one patient the first row alone: nobody is left to say how others differ.
    """
    less = 1 - np.eye(patients) if patients > 1 else np.empty((0, patients))
    return np.vstack([np.ones((1, patients)), less])


def replicate(pool: Pool, patients: int) -> dict[str, np.ndarray]:
    """Metric to its values for all patients and without each: float64 (draw, 1 + patient)."""
    return {metric: np.atleast_2d(values) for metric, values in pool.values(leave_one_out(patients)).items()}


def spread(values: np.ndarray) -> Spread:
    """The mean over seeds and draws, and its variance over seeds, draws and patients to come.

    With S seeds, D draws and P patients, pseudo-values P g - (P - 1) g₍₋p₎ and v_A the mean square of an effect A
    over S D P: v = Σ v_S, v_D, v_P - Σ v_SD, v_SP, v_DP + v_SDP, and no less than any one of the first three;
    degrees of freedom after Satterthwaite. What there is one of, one seed say, is taken as given.

    Args:
        values: float64 (seed, draw, 1 + patient) of :func:`replicate`.
    """
    whole, less = values[..., 0], values[..., 1:]
    patients = less.shape[-1]
    if patients < 2 or np.isnan(values).any():
        return Spread(float(whole.mean()), np.nan, np.nan)
    pseudo = patients * whole[..., None] - (patients - 1) * less
    crossed = [axis for axis, count in enumerate(pseudo.shape) if count > 1]
    total, single = 0.0, {}
    for size in range(1, len(crossed) + 1):
        for axes in combinations(crossed, size):
            part = _mean_square(pseudo if PATIENTS in axes else whole[..., None], axes)
            total += part if size % 2 else -part
            if size == 1:
                single[axes[0]] = part
    variance = max(total, *single.values())
    weights = sum(part**2 / (pseudo.shape[axis] - 1) for axis, part in single.items())
    freedom = variance**2 / weights if weights else min(pseudo.shape[axis] - 1 for axis in single)
    return Spread(float(whole.mean()), float(variance), float(freedom))


def _mean_square(values: np.ndarray, axes: tuple[int, ...]) -> float:
    """The mean square of the effect of ``axes``, main or interaction, over the number of cells of the layout."""
    effect = values.mean(axis=tuple(axis for axis in range(values.ndim) if axis not in axes), keepdims=True)
    for axis in axes:
        effect = effect - effect.mean(axis=axis, keepdims=True)
    counts = [values.shape[axis] for axis in axes]
    return float(np.square(effect).sum() / np.prod([count * (count - 1) for count in counts]))
