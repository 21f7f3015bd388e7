"""The tile store: one Zarr v3 group per slide, row *i* of every array is tile *i*."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from pipeline.core.digests import ArrayDigest, digest_array, digest_bytes
from pipeline.core.errors import ProductError
from pipeline.core.store.rows import Rows
from pipeline.core.store.shard import CODEC, VERSION, ShardWriter, shard_path

SHARD_BYTES = 64 << 20
DIMENSIONS = {"xy": ("axis",), "mask": ("y", "x"), "instance": ("y", "x")}


def write_store(
    path: Path,
    blocks: Iterable[np.ndarray],
    columns: Mapping[str, np.ndarray],
    attributes: Mapping[str, Any],
    *,
    size: int,
) -> dict[str, str]:
    """Writes a store aside and renames it.

    Args:
        path: ``X.zarr``; replaced when it exists.
        blocks: uint8 (any number of tiles, size, size, 3), in tile order. While the next
            one is made, a block is encoded and digested by threads: do not change it.
        columns: Arrays of one row per tile: ``xy`` int64 (tile, 2) level-0 pixels, ``tissue`` float32, ...
        attributes: JSON attributes: slide, patient, site, stain, split, mpp (µm per stored pixel), ...
        size: Side of a tile in stored pixels.

    Returns:
        The digest of every array's decoded values.

    Raises:
        ProductError: The blocks hold another number of tiles than the columns, or tiles of another shape.
    """
    count = len(columns["xy"])
    partial = path.with_name(path.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    group = zarr.open_group(partial, mode="w", zarr_format=3, attributes={**attributes, "version": VERSION})
    digests = {"image": _write_images(group, partial, blocks, count, size)}
    for name, values in columns.items():
        if len(values) != count:
            raise ProductError(f"{name} has {len(values)} rows", where=str(path), fix=f"one row per tile: {count}")
        array = group.create_array(
            name,
            shape=values.shape,
            dtype=values.dtype,
            chunks=tuple(max(1, side) for side in values.shape),
            dimension_names=("tile", *DIMENSIONS.get(name, ())),
        )
        array[:] = values
        digests[name] = digest_array(values)
    shutil.rmtree(path, ignore_errors=True)
    partial.rename(path)
    return digests


def _write_images(group: zarr.Group, folder: Path, blocks: Iterable[np.ndarray], count: int, size: int) -> str:
    """Writes the shards; while the caller makes the next block, the last one is encoded and digested."""
    slots = max(1, min(count, SHARD_BYTES // (size * size * 3)))
    group.create_array(
        "image",
        shape=(count, size, size, 3),
        dtype="uint8",
        chunks=(1, size, size, 3),
        shards=(slots, size, size, 3),
        compressors=CODEC,
        dimension_names=("tile", "y", "x", "c"),
    )
    start, digests, writing = 0, [], list[Future[None]]()
    with ThreadPoolExecutor(2) as pool:
        for piece in _pieces(blocks, slots):
            stop = start + len(piece)
            if piece.shape[1:] != (size, size, 3) or piece.dtype != np.uint8 or stop > count:
                raise ProductError(
                    f"got {stop} tiles of {piece.dtype} {piece.shape[1:]}",
                    where=str(folder),
                    fix=f"expected {count} tiles of uint8 {(size, size, 3)}",
                )
            if start % slots == 0:
                tiles = min(slots, count - start)
                shard = ShardWriter(shard_path(folder, start // slots), tiles, slots)
                digests.append(ArrayDigest(piece.dtype, (tiles, size, size, 3)))
            _finish(writing)
            writing = [pool.submit(shard.append, piece), pool.submit(digests[-1].update, piece)]
            start = stop
        _finish(writing)
    if start != count:
        raise ProductError(f"got {start} tiles", where=str(folder), fix=f"expected {count}")
    return digest_bytes(*(digest.hexdigest().encode() for digest in digests))


def _finish(jobs: Iterable[Future[None]]) -> None:
    for job in jobs:
        job.result()


def _pieces(blocks: Iterable[np.ndarray], length: int) -> Iterator[np.ndarray]:
    """Cuts blocks where a multiple of ``length`` rows is reached."""
    rows = 0
    for block in blocks:
        first = length - rows % length
        yield from (piece for piece in np.split(block, range(first, len(block), length)) if len(piece))
        rows += len(block)


class TileStore:
    """A complete store, opened for reading."""

    def __init__(self, path: Path) -> None:
        self._rows = Rows([path])
        self.path = path
        self._group = zarr.open_group(path, mode="r")
        self.attributes: dict[str, Any] = dict(self._group.attrs)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def size(self) -> int:
        """Side of a tile in stored pixels."""
        return self._rows.shape[1]

    def images(self) -> np.ndarray:
        """All tiles, for a store that fits in memory: uint8 (tile, y, x, 3)."""
        return self._rows[:]

    def tiles(self, rows: np.ndarray) -> np.ndarray:
        """The tiles at ``rows``, read alone: uint8 (len(rows), y, x, 3)."""
        return self._rows[rows]

    def tile(self, row: int) -> np.ndarray:
        """One tile, read alone: uint8 (y, x, 3)."""
        image: np.ndarray = self._rows[np.array([row])][0]
        return image

    def blocks(self, rows: int) -> Iterator[np.ndarray]:
        """Tiles in order, ``rows`` at a time at most: uint8 (rows, y, x, 3)."""
        return self._rows.blocks(rows)

    def column(self, name: str) -> np.ndarray:
        """A per-tile array such as ``xy``, ``tissue`` or ``label``; raises ProductError that lists the known."""
        if name not in self._group:
            known = ", ".join(sorted(self._group.array_keys()))
            raise ProductError(f"the store has no {name!r}", where=str(self.path), fix=f"it has: {known}")
        return np.asarray(self._group[name][:])  # type: ignore[index]

    def columns(self) -> dict[str, np.ndarray]:
        """Every array but the image, by name: one row per tile."""
        return {name: self.column(name) for name in sorted(self._group.array_keys()) if name != "image"}

    def has(self, name: str) -> bool:
        return name in self._group
