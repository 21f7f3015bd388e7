"""Concepts in a space of language: directions in which sentences differ, and vectors without them.

What :func:`without` leaves is orthogonal to the concept, and leaving it out again changes nothing (CLIP-Lite,
arXiv 2112.07133; Bolukbasi et al. 2016).
"""

import numpy as np

LEAST = 1e-6  # of the largest singular value: what is below it is rounding


def directions(groups: np.ndarray) -> np.ndarray:
    """Orthonormal directions, float64 (direction, d), in which sentences differ that differ in one word.

    The principal components of the sentences less the mean of their group; of n words n - 1 at most.

    Args:
        groups: float (group, word, d), vectors of the same sentence with one word after the other.
    """
    shifted = (groups - groups.mean(1, keepdims=True)).astype(np.float64)
    _, sizes, found = np.linalg.svd(shifted.reshape(-1, groups.shape[-1]), full_matrices=False)
    most = groups.shape[1] - 1
    return np.asarray(found[: min(most, int((sizes > LEAST * max(sizes[0], LEAST)).sum()))])


def without(vectors: np.ndarray, concept: np.ndarray) -> np.ndarray:
    """Leaves out a concept, h - sum over j of <h, v_j> v_j: float64 (..., d).

    Args:
        vectors: h, float (..., d).
        concept: v, orthonormal (direction, d).
    """
    vectors = vectors.astype(np.float64)
    return np.asarray(vectors - vectors @ concept.T @ concept)
