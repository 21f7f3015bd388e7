"""A slide that is changed window by window, joined without a seam."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from pipeline.commands.apply.blend import inner_borders, shares, window_starts
from pipeline.commands.apply.change import Numbered
from pipeline.core.measures.seam import Steps, stained, steps
from pipeline.core.slides.cascade import TILE, Row

Read = Callable[[int, int], np.ndarray]  # the window at x, y of the result's pixels: uint8 (size, size, 3)


@dataclass(frozen=True)
class Windows:
    """How windows lie over a picture.

    Args:
        width: Of the picture, pixels.
        height: Likewise.
        size: Side of a window.
        overlap: Of neighbouring windows, pixels.
    """

    width: int
    height: int
    size: int
    overlap: int

    @property
    def x(self) -> np.ndarray:
        """Where they begin: int64 (column,)."""
        return window_starts(self.width, self.size, self.size - self.overlap)

    @property
    def y(self) -> np.ndarray:
        """Likewise: int64 (row,)."""
        return window_starts(self.height, self.size, self.size - self.overlap)


@dataclass
class Seams:
    """What is found of seams while a picture is joined: in the result, and in the slide at the same places."""

    result: Steps = field(default_factory=Steps)
    source: Steps = field(default_factory=Steps)


class Joined:
    """The result of windows from top to bottom; of it, one row of windows is held.

    Args:
        windows: How they lie.
        read: The slide; threads may call it.
        change: What is done to a window.
        batch: Windows changed at once.
        threads: Windows read at once.
    """

    def __init__(self, windows: Windows, read: Read, change: Numbered, *, batch: int, threads: int) -> None:
        self.windows, self.seams = windows, Seams()
        self._read, self._change, self._batch, self._threads = read, change, batch, threads

    def rows(self) -> Generator[Row, None, None]:
        """Rows of tiles, padded with their last pixels."""
        held = np.empty((0, self.windows.width, 3), np.uint8)
        for strip in self._strips():
            held = np.concatenate([held, strip])
            while len(held) >= TILE:
                yield _row(held[:TILE])
                held = held[TILE:]
        if len(held):
            yield _row(held)

    def _strips(self) -> Iterator[np.ndarray]:
        """The result, uint8 (y, width, 3) at a time."""
        own, wide = self.windows, max(self.windows.width, self.windows.size)
        x, y, size = own.x, own.y, own.size
        across, down = (shares(starts, size, own.overlap)[..., None] for starts in (x, y))
        sums, source = np.zeros((size, wide, 3), np.float32), np.zeros((size, wide, 3), np.uint8)
        seams, changed = _Seamed(own, self.seams), self._changed()
        for row, top in enumerate(y):
            for column, left in enumerate(x):
                before, after = next(changed)
                place = np.s_[:, left : left + size]
                source[place] = before
                sums[place] += after * (across[column] * down[row][:, None])
            ready = int((y[row + 1] if row + 1 < len(y) else own.height) - top)
            made = np.rint(sums[:ready, : own.width]).clip(0, 255).astype(np.uint8)
            seams.add(made, source[:ready, : own.width])
            yield made
            for strip in (sums, source):
                strip[: size - ready] = strip[ready:].copy()
            sums[size - ready :] = 0

    def _changed(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Every window of the slide and what becomes of it, row by row; the next batch is read meanwhile."""
        places = [(int(x), int(y)) for y in self.windows.y for x in self.windows.x]
        ahead = deque[tuple[range, list[Future[np.ndarray]]]]()
        with ThreadPoolExecutor(self._threads) as pool:
            for first in range(0, len(places), self._batch):
                numbers = range(first, min(first + self._batch, len(places)))
                ahead.append((numbers, [pool.submit(self._read, *places[number]) for number in numbers]))
                if len(ahead) > 1:
                    yield from self._pairs(*ahead.popleft())
            while ahead:
                yield from self._pairs(*ahead.popleft())

    def _pairs(self, numbers: range, read: list[Future[np.ndarray]]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        images = np.stack([window.result() for window in read])
        return zip(images, self._change(images, numbers), strict=True)


class _Seamed:
    """Looks for seams strip by strip.

    Args:
        windows: Whose borders.
        seams: What is found goes there.
    """

    def __init__(self, windows: Windows, seams: Seams) -> None:
        self._seams, self._top = seams, 0
        self._columns = inner_borders(windows.x, windows.size, windows.width)
        self._rows = inner_borders(windows.y, windows.size, windows.height)
        self._last: tuple[np.ndarray, np.ndarray] | None = None

    def add(self, result: np.ndarray, source: np.ndarray) -> None:
        """The next strip of both, uint8 (y, x, 3)."""
        seen = stained(source)
        self._seams.result += steps(result, seen, self._columns, 1)
        self._seams.source += steps(source, seen, self._columns, 1)
        first, last = self._top, (result[-1:].copy(), source[-1:].copy())
        if self._last:
            result, source = (np.concatenate(pair) for pair in zip(self._last, (result, source), strict=True))
            first -= 1
        seen = stained(source)
        self._seams.result += steps(result, seen, self._rows - first, 0)
        self._seams.source += steps(source, seen, self._rows - first, 0)
        self._top, self._last = first + len(result), last


def _row(strip: np.ndarray) -> Row:
    """A row of tiles of a strip, uint8 (up to TILE, x, 3)."""
    width = strip.shape[1]

    def tile(column: int) -> np.ndarray:
        part = strip[:, column * TILE : min((column + 1) * TILE, width)]
        short = TILE - part.shape[0], TILE - part.shape[1]
        return np.pad(part, ((0, short[0]), (0, short[1]), (0, 0)), mode="edge") if any(short) else part

    return tile
