"""The tile store: one Zarr v3 group per slide, row *i* of every array is tile *i*."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.digests import digest_array
from pipeline.core.errors import ProductError
from pipeline.core.files import Json, aside
from pipeline.core.store.array import (
    HOLDER,
    RULE,
    VERSION,
    TileArray,
    array_names,
    metadata_path,
    store_attributes,
    tile_arrays,
)
from pipeline.core.store.rows import Rows
from pipeline.core.store.writer import ArrayWriter, Block, write_tiles

SHARD_BYTES = 64 << 20
HISTOGRAM = "histogram"  # column of a store that counts the values that its tiles were averaged from
DIMENSIONS = {"xy": ("axis",), HISTOGRAM: ("c", "value")}
IMAGE = {"image": TileArray()}  # what most stores hold: 8-bit RGB


def write_store(
    path: Path,
    blocks: Iterable[Block],
    columns: Mapping[str, np.ndarray],
    attributes: Mapping[str, Any],
    *,
    size: int,
    arrays: Mapping[str, TileArray] = IMAGE,
) -> dict[str, str]:
    """Writes a store aside and renames it.

    Args:
        path: ``X.zarr``; replaced when it exists.
        blocks: Any number of tiles each, in tile order: (tile, size, size, c) where ``image`` is all, else one
            such array for every name in ``arrays``, (tile, size, size) where it has no channels. While the next
            one is made, a block is encoded and digested by threads: do not change it.
        columns: Arrays of one row per tile: ``xy`` int64 (tile, 2) level-0 pixels, ``tissue`` float32, ... They are
            written after the blocks, which may fill them.
        attributes: JSON attributes: slide, patient, site, stain, split, mpp (µm per stored pixel), ...
        size: Side of a tile in stored pixels.
        arrays: What every tile has: ``image``, and ``mask`` or ``instance`` beside it.

    Returns:
        The digest of every array's decoded values.

    Raises:
        ProductError: The blocks hold another number of tiles than the columns, or tiles of another shape or dtype.
    """
    import zarr  # half of what a job that only reads tiles would take to start

    count = len(columns["xy"])
    with aside(path) as partial:
        own = {name: value for name, value in attributes.items() if name not in (HOLDER, RULE)}  # of a parent's tiles
        group = zarr.open_group(partial, mode="w", zarr_format=3, attributes={**own, "version": VERSION})
        writers = {
            name: ArrayWriter(group, partial, name, array, count=count, size=size, slots=_slots(array, count, size))
            for name, array in arrays.items()
        }
        digests = write_tiles(writers, blocks, count, path)
        for name, values in columns.items():
            if len(values) != count:
                raise ProductError(f"{name} has {len(values)} rows", where=str(path), fix=f"one row per tile: {count}")
            column = group.create_array(
                name,
                shape=values.shape,
                dtype=values.dtype,
                chunks=tuple(max(1, side) for side in values.shape),
                dimension_names=("tile", *DIMENSIONS.get(name, ())),
            )
            column[:] = values
            digests[name] = digest_array(values)
    return digests


def write_colours(path: Path, parent: Path, rule: Json, attributes: Mapping[str, Any]) -> None:
    """Writes a store of the tiles of ``parent`` in other colours, which takes no more than the rule: readers apply it.

    Args:
        path: ``X.zarr``; replaced when it exists.
        parent: A store of 8-bit RGB; the two find one another as long as they are moved together.
        rule: What becomes of a colour, see :mod:`pipeline.core.stain.rules`.
        attributes: See :func:`write_store`.
    """
    import zarr

    found = {**attributes, HOLDER: os.path.relpath(parent, path), RULE: rule, "version": VERSION}
    with aside(path) as partial:
        zarr.open_group(partial, mode="w", zarr_format=3, attributes=found)


def _slots(array: TileArray, count: int, size: int) -> int:
    """Tiles in a full shard."""
    return max(1, min(count, SHARD_BYTES // array.nbytes(size)))


class TileStore:
    """A complete store, opened for reading."""

    def __init__(self, path: Path) -> None:
        self._rows = Rows([path])
        self.path = path
        self.attributes: dict[str, Any] = store_attributes(path)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def size(self) -> int:
        """Side of a tile in stored pixels."""
        return self._rows.shape[1]

    @property
    def arrays(self) -> dict[str, TileArray]:
        """What every tile has: what a derived store says of its own arrays."""
        return tile_arrays(self.path)

    def array(self, name: str) -> Rows:
        """The tiles of ``image``, ``mask`` or ``instance``; raises ProductError that lists the known."""
        return self._rows if name == "image" else Rows([self.path], name)

    def images(self) -> np.ndarray:
        """All tiles, for a store that fits in memory: uint8 or uint16 (tile, y, x, c)."""
        return self._rows[:]

    def tiles(self, rows: np.ndarray) -> np.ndarray:
        """The tiles at ``rows``, read alone: uint8 or uint16 (len(rows), y, x, c)."""
        return self._rows[rows]

    def tile(self, row: int) -> np.ndarray:
        """One tile, read alone: uint8 or uint16 (y, x, c)."""
        image: np.ndarray = self._rows[np.array([row])][0]
        return image

    def blocks(self, rows: int) -> Iterator[np.ndarray]:
        """Tiles in order, ``rows`` at a time at most: uint8 or uint16 (rows, y, x, c)."""
        return self._rows.blocks(rows)

    def parts(self, rows: int) -> Iterator[dict[str, np.ndarray]]:
        """The same blocks of every array, by name: what a derived store with all of them is written from."""
        arrays = {name: self.array(name) for name in self.arrays}
        for start in range(0, len(self), rows):
            yield {name: array[start : start + rows] for name, array in arrays.items()}

    def column(self, name: str) -> np.ndarray:
        """One value per tile, such as ``xy``, ``tissue`` or ``label``; raises ProductError that lists the known."""
        import zarr

        return np.asarray(zarr.open_array(metadata_path(self.path, name).parent, mode="r")[:])

    def columns(self) -> dict[str, np.ndarray]:
        """Every array but those of pixels, by name: one row per tile."""
        pixels = self.arrays
        return {name: self.column(name) for name in array_names(self.path) if name not in pixels}

    def has(self, name: str) -> bool:
        """Whether there is such an array or column."""
        return name in array_names(self.path)
