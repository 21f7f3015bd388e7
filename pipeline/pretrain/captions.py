"""The captions of an arm's tiles as one table of sentences, which the tiles point to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.text.captions import Said


@dataclass(frozen=True)
class CaptionTable:
    """Captions of tiles.

    Args:
        texts: Every sentence once, in the order of the alphabet.
        rows: int64 (tile, turn), positions in ``texts``; where a tile has fewer captions than another, they come again.
    """

    texts: tuple[str, ...]
    rows: np.ndarray

    @classmethod
    def of(cls, said: Sequence[Said]) -> "CaptionTable":
        """Of tiles that have one caption or more each."""
        texts = sorted({text for own in said for text in own})
        place = {text: position for position, text in enumerate(texts)}
        turns = max(map(len, said))
        rows = np.array([[place[own[turn % len(own)]] for turn in range(turns)] for own in said], np.int64)
        return cls(tuple(texts), rows)
