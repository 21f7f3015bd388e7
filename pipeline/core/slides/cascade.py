"""The levels of a pyramid, each made of the next finer one while that is being written."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import IO

import numpy as np

from pipeline.core.slides.base import WHITE

TILE = 256  # pixels along a tile's side
SMALL = 512  # pixels of the longer side of the coarsest level, at most
RUN = 4  # tiles that a thread does one after another: neighbours often lie in one segment of the slide

Row = Callable[[int], np.ndarray]  # of a row of tiles that in a column: uint8 (TILE, TILE, 3); threads may call it
Encode = Callable[[np.ndarray], bytes]


def level_sizes(width: int, height: int) -> list[tuple[int, int]]:
    """Width and height of every level, finest first: halves, rounded down, until one is SMALL."""
    sizes = [(width, height)]
    while max(sizes[-1]) > SMALL and min(sizes[-1]) > 1:
        sizes.append((sizes[-1][0] // 2, sizes[-1][1] // 2))
    return sizes


def halved(tile: np.ndarray) -> np.ndarray:
    """Means of 2 x 2 pixels, rounded half up: uint8 (y / 2, x / 2, 3) of uint8 (y, x, 3), sides even."""
    rows = np.add(tile[::2], tile[1::2], dtype=np.uint16)
    small = np.empty((tile.shape[0] // 2, tile.shape[1] // 2, 3), np.uint8)
    for channel in range(3):  # one by one is faster than three at once
        total = rows[:, ::2, channel] + rows[:, 1::2, channel]
        total += 2
        total >>= 2
        small[..., channel] = total
    return small


class Spool:
    """Encoded tiles of the coarser levels until their turn comes.

    Args:
        file: Empty, for reading and writing.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._places: dict[int, list[tuple[int, int]]] = {}

    def add(self, level: int, data: bytes) -> None:
        """Puts a tile behind those of its level."""
        self._places.setdefault(level, []).append((self._file.tell(), len(data)))
        self._file.write(data)

    def tiles(self, level: int) -> Iterator[bytes]:
        """The tiles of a level in order; nothing may be added any more."""
        for place, length in self._places[level]:
            self._file.seek(place)
            yield self._file.read(length)


@dataclass(frozen=True)
class _Work:
    """A row of tiles that is being encoded, and halved into the upper or lower half of the next level's row."""

    level: int
    number: int
    done: list[Future[list[bytes]]]
    coarser: np.ndarray | None


class Cascade:
    """Encodes a picture row by row; of each coarser level one row of tiles is held.

    Args:
        sizes: See :func:`level_sizes`.
        encode: A tile to bytes.
        pool: Of threads.
        spool: Takes the coarser levels.
    """

    def __init__(self, sizes: list[tuple[int, int]], encode: Encode, pool: Executor, spool: Spool) -> None:
        self._counts = [(-(-width // TILE), -(-height // TILE)) for width, height in sizes]
        self._encode, self._pool, self._spool = encode, pool, spool
        self._strips: dict[int, np.ndarray] = {}

    def finest(self, rows: Iterable[Row]) -> Iterator[bytes]:
        """The finest level, encoded tile by tile; when it is through, the spool holds the others.

        Args:
            rows: From top to bottom; one is asked for while that above it is being encoded.
        """
        waiting = deque[_Work]()
        for number, row in enumerate(rows):
            waiting.append(self._begin(0, number, row))
            if len(waiting) > 1:
                yield from self._end(waiting.popleft())
        for work in waiting:
            yield from self._end(work)

    def _begin(self, level: int, number: int, row: Row) -> _Work:
        across, coarser, top = self._counts[level][0], None, number % 2 * TILE // 2
        if level + 1 < len(self._counts):
            if not top:
                self._strips[level] = np.full((TILE, self._counts[level + 1][0] * TILE, 3), WHITE, np.uint8)
            coarser = self._strips[level]
        half = None if coarser is None else coarser[top : top + TILE // 2]
        runs = [range(first, min(first + RUN, across)) for first in range(0, across, RUN)]
        return _Work(level, number, [self._pool.submit(self._run, row, run, half) for run in runs], coarser)

    def _run(self, row: Row, columns: range, half: np.ndarray | None) -> list[bytes]:
        made = []
        for column in columns:
            tile = row(column)
            made.append(self._encode(tile))
            place = column * TILE // 2
            if half is not None and place < half.shape[1]:  # an odd row or column at the border is left out
                half[:, place : place + TILE // 2] = halved(tile)
        return made

    def _end(self, work: _Work) -> Iterator[bytes]:
        """The row's tiles, once what is made of them is done: tifffile asks for the last one and for nothing behind."""
        made = [data for run in work.done for data in run.result()]
        strip, level, number = work.coarser, work.level + 1, work.number // 2
        last = work.number % 2 or work.number + 1 == self._counts[work.level][1]
        if strip is not None and last and number < self._counts[level][1]:
            row = self._begin(level, number, lambda column: strip[:, column * TILE : (column + 1) * TILE])
            for data in self._end(row):
                self._spool.add(level, data)
        yield from made
