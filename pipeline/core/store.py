"""The tile store: one Zarr v3 group per slide, row *i* of every array is tile *i*."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from pipeline.core.errors import ProductError
from pipeline.core.provenance import digest_array, digest_bytes

VERSION = 1
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
        blocks: uint8 (any number of tiles, size, size, 3), in tile order; consumed one shard at a time.
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
    digests = {"image": _write_images(group, blocks, count, size, path)}
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


def _write_images(group: zarr.Group, blocks: Iterable[np.ndarray], count: int, size: int, path: Path) -> str:
    per_shard = max(1, min(count, SHARD_BYTES // (size * size * 3)))
    array = group.create_array(
        "image",
        shape=(count, size, size, 3),
        dtype="uint8",
        chunks=(1, size, size, 3),
        shards=(per_shard, size, size, 3),
        dimension_names=("tile", "y", "x", "c"),
    )
    start, digests = 0, []
    for shard in _rebatch(blocks, per_shard):
        stop = start + len(shard)
        if shard.shape[1:] != (size, size, 3) or shard.dtype != np.uint8 or stop > count:
            raise ProductError(
                f"got {stop} tiles of {shard.dtype} {shard.shape[1:]}",
                where=str(path),
                fix=f"expected {count} tiles of uint8 {(size, size, 3)}",
            )
        array[start:stop] = shard
        digests.append(digest_array(shard).encode())
        start = stop
    if start != count:
        raise ProductError(f"got {start} tiles", where=str(path), fix=f"expected {count}")
    return digest_bytes(*digests)


def _rebatch(blocks: Iterable[np.ndarray], length: int) -> Iterator[np.ndarray]:
    """Joins and cuts blocks to ``length`` rows; the last may be shorter."""
    held: list[np.ndarray] = []
    rows = 0
    for block in blocks:
        held.append(block)
        rows += len(block)
        while rows >= length:
            joined = np.concatenate(held)
            yield joined[:length]
            held, rows = [joined[length:]], rows - length
    if rows:
        yield np.concatenate(held)


class TileStore:
    """A complete store, opened for reading."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise ProductError("no tile store", where=str(path), fix="run the phase that makes it")
        self.path = path
        self._group = zarr.open_group(path, mode="r")
        self.attributes: dict[str, Any] = dict(self._group.attrs)
        if self.attributes.get("version") != VERSION:
            found = self.attributes.get("version")
            raise ProductError(f"store version {found}, expected {VERSION}", where=str(path), fix="make it again")

    def __len__(self) -> int:
        return int(self._image.shape[0])

    @property
    def _image(self) -> zarr.Array[Any]:
        return self._group["image"]  # type: ignore[return-value]

    @property
    def size(self) -> int:
        """Side of a tile in stored pixels."""
        return int(self._image.shape[1])

    def images(self) -> np.ndarray:
        """All tiles: uint8 (tile, y, x, 3)."""
        return np.asarray(self._image[:])

    def tile(self, row: int) -> np.ndarray:
        """One tile, read alone: uint8 (y, x, 3)."""
        return np.asarray(self._image[row])

    def blocks(self, rows: int) -> Iterator[np.ndarray]:
        """Tiles in order, ``rows`` at a time at most; reads whole shards: uint8 (rows, y, x, 3)."""
        shard = (self._image.shards or self._image.chunks)[0]
        whole = (np.asarray(self._image[start : start + shard]) for start in range(0, len(self), shard))
        yield from _rebatch(whole, rows)

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
