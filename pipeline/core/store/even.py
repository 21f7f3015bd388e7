"""A sample of the rows of a store."""

import numpy as np


def even_rows(count: int, wanted: int) -> np.ndarray:
    """At most ``wanted`` of ``count`` rows, evenly spaced, the first and the last among them: ascending int64."""
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(np.int64))
