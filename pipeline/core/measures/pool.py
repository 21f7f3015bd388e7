"""What a score must hold, so that it can be told for any resample of its patients."""

from typing import Any, ClassVar, Protocol

import numpy as np


class Pool(Protocol):
    """A frozen dataclass of arrays: its fields are what is kept on disk."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """Metric to its values: float64 (resample,), or (draw, resample) where labels were drawn; NaN = not defined.

        Args:
            weights: float (resample, patient), how often each patient is taken.
        """
        ...


def chunks(resamples: int, units: int, *, cells: int = 1 << 22) -> list[slice]:
    """Slices of the resamples, so that an array (resample, unit) of each stays below ``cells`` numbers."""
    rows = max(1, cells // max(1, units))
    return [slice(start, start + rows) for start in range(0, resamples, rows)]


def mean_of_known(values: np.ndarray) -> np.ndarray:
    """Mean over the last axis of what is not NaN: (..., n) to (...,); NaN where nothing is."""
    known = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, values, 0.0).sum(-1) / known.sum(-1))
