"""Stain matrices: the columns are unit vectors of optical density, one per stain."""

import numpy as np


def angles(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Degrees between the columns of two stain matrices (3, stain): float64 (stain,)."""
    cosines = (one * other).sum(0) / (np.linalg.norm(one, axis=0) * np.linalg.norm(other, axis=0))
    return np.asarray(np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0))))
