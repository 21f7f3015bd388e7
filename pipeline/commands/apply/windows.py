"""A slide that is changed window by window, joined without a seam."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from pipeline.commands.apply.blend import inner_borders, shares, window_starts
from pipeline.commands.apply.change import Numbered
from pipeline.commands.apply.seams import Seams
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


class Blended:
    """What becomes of windows, averaged where they overlap, from top to bottom; one row of windows is held.

    Args:
        windows: How they lie.
        read: The slide; threads may call it.
        change: What becomes of windows: numbers (window, y, x, k).
        batch: Windows changed at once.
        threads: Windows read at once.
    """

    def __init__(self, windows: Windows, read: Read, change: Numbered, *, batch: int, threads: int) -> None:
        self.windows = windows
        self._read, self._change, self._batch, self._threads = read, change, batch, threads

    def strips(self) -> Generator[tuple[np.ndarray, np.ndarray], None, None]:
        """Means, float32 (y, width, k), beside the slide, uint8 (y, width, 3); overwritten when the next are due."""
        own, wide = self.windows, max(self.windows.width, self.windows.size)
        x, y, size = own.x, own.y, own.size
        across, down = (shares(starts, size, own.overlap)[..., None] for starts in (x, y))
        sums, source = np.zeros((size, wide, 0), np.float32), np.zeros((size, wide, 3), np.uint8)
        changed = self._changed()
        for row, top in enumerate(y):
            for column, left in enumerate(x):
                before, after = next(changed)
                if not sums.size:
                    sums = np.zeros((size, wide, after.shape[-1]), np.float32)
                place = np.s_[:, left : left + size]
                source[place] = before
                sums[place] += after * (across[column] * down[row][:, None])
            ready = int((y[row + 1] if row + 1 < len(y) else own.height) - top)
            yield sums[:ready, : own.width], source[:ready, : own.width]
            for strip in (sums, source):
                strip[: size - ready] = strip[ready:].copy()
            sums[size - ready :] = 0

    def _changed(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Every window of the slide and what becomes of it, row by row; the next batch is read meanwhile."""
        x, y = (starts.tolist() for starts in (self.windows.x, self.windows.y))
        count, ahead = len(x) * len(y), deque[tuple[range, list[Future[np.ndarray]]]]()
        with ThreadPoolExecutor(self._threads) as pool:
            for first in range(0, count, self._batch):
                numbers = range(first, min(first + self._batch, count))
                places = ((x[number % len(x)], y[number // len(x)]) for number in numbers)
                ahead.append((numbers, [pool.submit(self._read, *place) for place in places]))
                if len(ahead) > 1:
                    yield from self._pairs(*ahead.popleft())
            while ahead:
                yield from self._pairs(*ahead.popleft())

    def _pairs(self, numbers: range, read: list[Future[np.ndarray]]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        images = np.stack([window.result() for window in read])
        return zip(images, self._change(images, numbers), strict=True)


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
        self.windows = windows
        self.seams = Seams(
            rows=inner_borders(windows.y, windows.size, windows.height),
            columns=inner_borders(windows.x, windows.size, windows.width),
        )
        self._blended = Blended(windows, read, change, batch=batch, threads=threads)

    def rows(self) -> Generator[Row, None, None]:
        """Rows of tiles, padded with their last pixels."""
        return tiled(self.strips(), self.windows.width)

    def strips(self) -> Generator[np.ndarray, None, None]:
        """The result, uint8 (y, width, 3) at a time."""
        for done, source in self._blended.strips():
            made = np.clip(np.rint(done, out=done), 0, 255, out=done).astype(np.uint8)
            self.seams.add(made, source)
            yield made


def tiled(strips: Generator[np.ndarray, None, None], width: int) -> Generator[Row, None, None]:
    """Rows of tiles of strips, uint8 (y, width, 3) each, padded with their last pixels; closes the strips."""
    held = np.empty((0, width, 3), np.uint8)
    with closing(strips):
        for strip in strips:
            held = np.concatenate([held, strip])
            while len(held) >= TILE:
                yield _row(held[:TILE])
                held = held[TILE:]
    if len(held):
        yield _row(held)


def _row(strip: np.ndarray) -> Row:
    """A row of tiles of a strip, uint8 (up to TILE, x, 3)."""
    width = strip.shape[1]

    def tile(column: int) -> np.ndarray:
        part = strip[:, column * TILE : min((column + 1) * TILE, width)]
        short = TILE - part.shape[0], TILE - part.shape[1]
        return np.pad(part, ((0, short[0]), (0, short[1]), (0, 0)), mode="edge") if any(short) else part

    return tile
