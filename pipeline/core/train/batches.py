"""Shuffled batches that are a pure function of seed and step, so that a resumed run sees the same ones."""

import copy
from collections import deque
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import torch

from pipeline.core.errors import ProductError, StudyError
from pipeline.core.seeds import derive
from pipeline.core.store.rows import Rows

Batch = dict[str, torch.Tensor]
AHEAD = 2  # batches read while the loop is busy


class Batches:
    """Random batches of named arrays.

    Every array is walked in an order of its own per epoch; ``aligned`` arrays share one order, row
    by row. The last incomplete batch of an epoch is filled from the next epoch's order.

    By default an epoch's order is drawn from all rows, and :class:`Rows` reads single tiles from all over the
    disk. With ``buffer`` the shards are shuffled instead, laid end to end and shuffled again within every
    ``buffer`` rows: each shard is then fetched whole, about once per epoch, which is what a cold network disk is
    good at, at the price of batches from fewer slides. Either way nothing has to be remembered to resume.

    Args:
        arrays: Arrays of rows; uint8 (row, y, x, 3) for images, int64 (row,) for labels.
        size: Rows per batch, of all ranks together.
        seed: Decides every order.
        aligned: Row *i* of every array belongs together.
        buffer: Rows shuffled together; None = all.

    Raises:
        ProductError: An array is empty, or aligned arrays differ in length.
    """

    def __init__(
        self,
        arrays: Mapping[str, np.ndarray | Rows],
        *,
        size: int,
        seed: int,
        aligned: bool = True,
        buffer: int | None = None,
    ) -> None:
        lengths = {name: len(array) for name, array in arrays.items()}
        if not all(lengths.values()) or (aligned and len(set(lengths.values())) > 1):
            kind = "aligned, non-empty" if aligned else "non-empty"
            raise ProductError(
                f"expected {kind} arrays, found rows {lengths}", where="training data", fix="check splits and pairs"
            )
        self.size, self.seed, self.aligned, self.buffer = size, seed, aligned, buffer
        self.arrays = {n: a.ahead() if buffer and isinstance(a, Rows) else a for n, a in arrays.items()}
        self._share = slice(None)
        self._leader = next((n for n, a in arrays.items() if isinstance(a, Rows)), next(iter(arrays)))
        self._order = lru_cache(2 * len(arrays))(self._draw)  # a long order takes longer to draw than to read

    def share(self, rank: int, ranks: int, parts: int = 1) -> "Batches":
        """One rank's rows of every batch, ``rank::ranks``: together the ranks see what one would see alone.

        Args:
            rank: Of the process.
            ranks: Processes that train together.
            parts: Into which a rank splits its rows.

        Raises:
            StudyError: The batch cannot be shared evenly.
        """
        if self.size % (ranks * parts):
            split = f" in {parts} parts" if parts > 1 else ""
            raise StudyError(
                f"a batch of {self.size} cannot be shared evenly by {ranks} devices{split}",
                where="params.yaml: batch",
                fix=f"a multiple of {ranks * parts}",
            )
        shared = copy.copy(self)
        shared._share = slice(rank, None, ranks)
        return shared

    def at(self, step: int) -> Batch:
        """The batch of a step, counted from 0: tensors of the arrays' dtype, images as (size, y, x, c)."""
        rows = {name: self.rows(name, step)[self._share] for name in self.arrays}
        return {name: torch.from_numpy(array[rows[name]]) for name, array in self.arrays.items()}

    def stream(self, start: int, stop: int, *, pin: bool = False) -> Generator[Batch]:
        """The batches of steps ``start`` to ``stop``, read ahead by a thread that ends with the iterator.

        Args:
            start: First step, counted from 0.
            stop: Step after the last.
            pin: Into memory that a GPU fetches from while others go on.
        """

        def read(step: int) -> Batch:
            batch = self.at(step)
            return {name: tensor.pin_memory() for name, tensor in batch.items()} if pin else batch

        pool = ThreadPoolExecutor(1, "batches")
        try:
            waiting = deque(pool.submit(read, step) for step in range(start, min(start + AHEAD, stop)))
            for step in range(start + AHEAD, stop + AHEAD):
                batch = waiting.popleft().result()
                if step < stop:
                    waiting.append(pool.submit(read, step))
                yield batch
        finally:
            pool.shutdown(cancel_futures=True)

    def rows(self, name: str, step: int) -> np.ndarray:
        """Row numbers of a step's batch, all ranks together: int64 (size,)."""
        name = self._leader if self.aligned else name
        count, first = len(self.arrays[name]), step * self.size
        stop = first + self.size
        starts = range(first // count * count, stop, count)  # of the epochs that the batch touches
        parts = (self._order(name, start // count)[max(first - start, 0) : stop - start] for start in starts)
        return np.concatenate(list(parts))

    def describe(self, step: int) -> str:
        """The rows of a step's batch, all ranks together: ``A1-HE rows 3, 17; B1-HE rows 5``, where they are tiles."""
        names = [self._leader] if self.aligned else list(self.arrays)
        return "; ".join(_named(self.arrays[name], self.rows(name, step)) for name in names)

    def _draw(self, name: str, epoch: int) -> np.ndarray:
        """The order of all rows of an array in an epoch: int64 (row,)."""
        rng = np.random.default_rng(derive(self.seed, "order", "all" if self.aligned else name, epoch))
        array, count = self.arrays[name], len(self.arrays[name])
        if self.buffer is None or self.buffer >= count or not isinstance(array, Rows):
            return rng.permutation(count)
        runs = np.split(np.arange(count), array.runs())
        order = np.concatenate([runs[i] for i in rng.permutation(len(runs))])
        for start in range(0, count, self.buffer):
            rng.shuffle(order[start : start + self.buffer])
        return order


def _named(array: np.ndarray | Rows, rows: np.ndarray) -> str:
    """Says which rows these are, by slide where the array lies in stores."""
    places = array.places(rows) if isinstance(array, Rows) else {None: rows.tolist()}
    listed = {store: ", ".join(map(str, sorted(found))) for store, found in places.items()}
    return "; ".join(f"{store.stem} rows {found}" if store else f"rows {found}" for store, found in listed.items())
