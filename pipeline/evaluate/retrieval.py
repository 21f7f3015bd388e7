"""Retrieval: the caption of a tile among captions, and a tile of a caption among tiles."""

from collections.abc import Sequence

import numpy as np

WITHIN = (1, 5, 10)
METRICS = [f"R@{count}" for count in WITHIN]
SCORES = 1 << 24  # that are held at once
TIE = 1e-9  # cosines nearer than this differ by the order of their sums


def caption_ranks(images: np.ndarray, texts: np.ndarray, said: np.ndarray) -> np.ndarray:
    """How many captions come before the tile's own among the distinct ones: int64 (tile,).

    Args:
        images: Unit vectors (tile, d).
        texts: Unit vectors (caption, d), of sentences all of which differ.
        said: int (tile,), the caption of each tile.
    """
    return _ranks(images, texts, said, np.arange(len(texts)))


def tile_ranks(images: np.ndarray, texts: np.ndarray, said: np.ndarray) -> np.ndarray:
    """How many tiles come before the first that is said to be what the tile is: int64 (tile,), alike for one caption.

    A tile of the same caption is as right as the tile itself. Args as :func:`caption_ranks`.
    """
    ranks: np.ndarray = _ranks(texts, images, np.arange(len(texts)), said)[said]
    return ranks


def recalls(ranks: np.ndarray, candidates: int) -> np.ndarray:
    """Whether what is right is among the first of WITHIN: float64 (tile, within); NaN where all candidates would be."""
    found = [np.where(candidates > count, ranks < count, np.nan) for count in WITHIN]
    return np.stack(found, 1).astype(np.float64)


def distinct(captions: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """The different captions in the order of the alphabet, and int64 (tile,), which of them each tile has."""
    texts, said = np.unique(np.array(captions), return_inverse=True)
    return texts.tolist(), said


def _ranks(asked: np.ndarray, candidates: np.ndarray, own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Wrong candidates with a score no less than that of the best right one, so that an encoder of one vector gains
    nothing: right are those whose number in ``other`` is that in ``own``.
    """
    parts = []
    held = max(1, SCORES // len(candidates))
    for start in range(0, len(asked), held):
        rows = slice(start, start + held)
        scores = asked[rows].astype(np.float64) @ candidates.T
        right = own[rows, None] == other[None]
        best = np.where(right, scores, -np.inf).max(1, keepdims=True)
        parts.append(((scores >= best - TIE) & ~right).sum(1))
    return np.concatenate(parts)
