"""Rows of a picture that are looked at together, with some of those above and below."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.core.slides.cascade import TILE


@dataclass(frozen=True)
class Band:
    """A row of tiles with its margins.

    Args:
        top: Its first own row in the picture.
        rows: Own ones: TILE, or fewer in the last band.
        above: Rows of the upper margin.
        maps: float32 (above + rows + those of the lower margin, x, k); overwritten when the next band is due.
    """

    top: int
    rows: int
    above: int
    maps: np.ndarray


def bands(strips: Iterable[np.ndarray], height: int, margin: int) -> Iterator[Band]:
    """Bands from top to bottom; one is held.

    Args:
        strips: float32 (y, x, k), of any number of rows each, ``height`` together.
        height: Of the picture, pixels.
        margin: Pixels that a band sees of the next one, and of the one before.
    """
    held: np.ndarray | None = None
    top = first = count = 0  # of the band; the row of the picture that is held first, and how many are
    for strip in strips:
        if held is None:
            held = np.empty((TILE + 2 * margin, *strip.shape[1:]), np.float32)
        done = 0
        while done < len(strip):
            more = strip[done : done + len(held) - count]
            held[count : count + len(more)] = more
            done, count = done + len(more), count + len(more)
            while top < height and first + count >= (needed := min(top + TILE + margin, height)):
                yield Band(top, min(TILE, height - top), top - first, held[: needed - first])
                top += TILE
                gone = max(0, top - margin - first)
                held[: max(0, count - gone)] = held[gone:count]
                first, count = first + gone, max(0, count - gone)
