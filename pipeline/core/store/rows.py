"""The tiles of many stores as one array that stays on disk."""

import copy
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.devices import cores
from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.store.array import RULE, holder, shard_path, store_attributes, stored_array
from pipeline.core.store.shard import Shard

THREADS = min(8, cores())
SHARE = 8 << 20  # decoded bytes that are worth a thread
OPEN = 128  # files at once
MAPS = 16  # of colours, at some 20 MB
WIDENED = ("instance",)  # arrays whose numbers may be wider in one store than in another: all are as wide as the widest
WORTH = 1 << 17  # pixels of a store that are worth a new map, which takes as long as the formula for so many


class Rows:
    """One array of stores, one store after the other: ``rows[[5, 2, 9]]`` is uint8 (3, y, x, c) for images.

    Only the tiles asked for are read, each by its byte range, and decoded by threads straight into the
    answer. In memory stay 16 bytes per tile seen. Threads may share it; a pickled copy opens the files anew, so
    worker processes may have one each.

    Args:
        stores: ``X.zarr`` folders, at least one.
        name: The array: ``image``, ``mask``, ``instance``.

    Raises:
        ProductError: A store is missing or of another version or without the array, or tiles differ in shape or dtype.
    """

    def __init__(self, stores: Sequence[Path], name: str = "image") -> None:
        arrays = [stored_array(path, name) for path in stores]
        widened = name in WIDENED
        kinds = sorted({str(array.tile) if widened else str(array) for array in arrays})
        if len(kinds) != 1:
            found = ", ".join(kinds) or "no store"
            raise ProductError(
                f"expected tiles of one shape and dtype, found {found}", where=str(stores), fix="tile all alike"
            )
        self._dtypes = [np.dtype(array.dtype) for array in arrays]
        self.dtype, self._tile = max(self._dtypes, key=lambda dtype: dtype.itemsize), arrays[0].tile
        self._stores, self._name, self._whole = list(stores), name, False
        self._slots = np.array([array.slots for array in arrays])
        self._starts = np.cumsum([0, *(array.count for array in arrays)])
        self._taken: np.ndarray | None = None
        rules = [store_attributes(path).get(RULE) if name == "image" else None for path in stores]
        self._rules: list[Json | None] = rules
        self._shard, self._map = self._opener(), _mapper(self._rules)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("_shard", "_map")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._shard, self._map = self._opener(), _mapper(self._rules)

    def __len__(self) -> int:
        return int(self._starts[-1]) if self._taken is None else len(self._taken)

    @property
    def shape(self) -> tuple[int, ...]:
        """(tile, y, x), or with channels behind."""
        return len(self), *self._tile

    def __getitem__(self, rows: np.ndarray | slice) -> np.ndarray:
        """Tiles, in any order and as often as asked: (len(rows), y, x), or with channels behind.

        Raises:
            IndexError: A row is negative or beyond the last.
            ProductError: A shard is damaged.
        """
        found = self._number(rows)
        flat = np.empty((len(found), int(np.prod(self._tile)) * self.dtype.itemsize), np.uint8)
        order = np.argsort(found, kind="stable")  # the disk is read in one direction
        parts = np.array_split(order, max(1, min(THREADS, flat.nbytes // SHARE)))
        if len(parts) == 1:
            self._read(found, order, flat)
        else:
            with ThreadPoolExecutor(len(parts)) as pool:
                list(pool.map(lambda part: self._read(found, part, flat), parts))
        return flat.view(self.dtype).reshape(-1, *self._tile)

    def take(self, rows: np.ndarray) -> "Rows":
        """These rows alone, in this order; nothing is read."""
        taken = copy.copy(self)
        taken._taken = self._number(rows)
        return taken

    def ahead(self) -> "Rows":
        """The same rows; the system is told to fetch a whole shard when its first tile is asked for.

        Suits a slow disk when the other tiles follow soon.
        """
        ahead = copy.copy(self)
        ahead.__setstate__({**self.__getstate__(), "_whole": True})
        return ahead

    def blocks(self, rows: int) -> Iterator[np.ndarray]:
        """All tiles in order, ``rows`` at a time at most: (rows, y, x), or with channels behind."""
        for start in range(0, len(self), rows):
            yield self[start : start + rows]

    def runs(self) -> np.ndarray:
        """Rows at which another shard begins than that of the row before, the first left out: int64."""
        store, shard, _ = self._locate(self._number(slice(None)))
        return np.flatnonzero((np.diff(store) != 0) | (np.diff(shard) != 0)) + 1

    def places(self, rows: np.ndarray) -> dict[Path, list[int]]:
        """The stores that these rows lie in, each with their numbers in the store."""
        numbers = self._number(rows)
        stores = np.searchsorted(self._starts, numbers, side="right") - 1
        found: dict[Path, list[int]] = {}
        for store, row in zip(stores.tolist(), (numbers - self._starts[stores]).tolist(), strict=True):
            found.setdefault(self._stores[store], []).append(row)
        return found

    def _number(self, rows: np.ndarray | slice) -> np.ndarray:
        """Row numbers before ``take``: int64."""
        asked = np.arange(*rows.indices(len(self))) if isinstance(rows, slice) else np.asarray(rows, np.int64)
        if len(asked) and not 0 <= asked.min() <= asked.max() < len(self):
            raise IndexError(f"rows {asked.min()} to {asked.max()} of {len(self)}")
        found: np.ndarray = asked if self._taken is None else self._taken[asked]
        return found

    def _locate(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Store, shard in the store and slot in the shard: int64 (row,) each."""
        store = np.searchsorted(self._starts, rows, side="right") - 1
        shard, slot = np.divmod(rows - self._starts[store], self._slots[store])
        return store, shard, slot

    def _read(self, rows: np.ndarray, part: np.ndarray, out: np.ndarray) -> None:
        located = self._locate(rows[part])
        tiles = np.bincount(located[0], minlength=len(self._stores)).tolist()
        for target, store, shard, slot in zip(part.tolist(), *(column.tolist() for column in located), strict=True):
            self._fetch(store, shard, slot, out[target])
            if self._rules[store]:
                tile = out[target].reshape(-1, 3)
                tile[:] = self._map(store, tiles[store] * len(tile))(tile)

    def _fetch(self, store: int, shard: int, slot: int, out: np.ndarray) -> None:
        """Reads one tile into bytes of the common dtype."""
        own = self._dtypes[store]
        if own == self.dtype:
            self._shard(store, shard).read(slot, out)
        else:
            narrow = np.empty(len(out) // self.dtype.itemsize * own.itemsize, np.uint8)
            self._shard(store, shard).read(slot, narrow)
            out.view(self.dtype)[:] = narrow.view(own)

    def _opener(self) -> Callable[[int, int], Shard]:
        axes = 1 + len(self._tile)
        files = [partial(shard_path, holder(store), self._name, axes=axes) for store in self._stores]
        return _opener(files, self._slots.tolist(), self._whole)


def _opener(files: Sequence[Callable[[int], Path]], slots: list[int], whole: bool) -> Callable[[int, int], Shard]:
    """Opens shards, keeps the last ``OPEN`` open and every index; holds no Rows, so that files close with it."""
    indexes: dict[tuple[int, int], np.ndarray] = {}

    @lru_cache(OPEN)
    def opened(store: int, shard: int) -> Shard:
        found = Shard(files[store](shard), slots[store], indexes.get((store, shard)), whole=whole)
        indexes[store, shard] = found.index
        return found

    return opened


def _mapper(rules: Sequence[Json | None]) -> Callable[[int, int], Callable[[np.ndarray], np.ndarray]]:
    """What changes the colours of a store, so many pixels of which are read at once.

    The last ``MAPS`` maps keep what they know. Where there are more stores, tiles that are read here and there would
    make one map after the other, each for a tile: their colours are computed.
    """
    many = sum(rule is not None for rule in rules) > MAPS

    @cache
    def formula(store: int) -> Callable[[np.ndarray], np.ndarray]:
        from pipeline.core.stain.rules import read_rule  # few stores need it

        return read_rule(rules[store] or {}).apply

    @lru_cache(MAPS)
    def mapped(store: int) -> Callable[[np.ndarray], np.ndarray]:
        from pipeline.core.stain.colour_map import ColourMap

        return ColourMap(formula(store))

    return lambda store, pixels: formula(store) if many and pixels < WORTH else mapped(store)
