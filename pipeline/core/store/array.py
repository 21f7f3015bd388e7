"""What an array of one value or colour per pixel of every tile is, and where a store keeps it."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.errors import ProductError
from pipeline.core.files import Json, read_json

VERSION = 2  # of the store: goes up when its readers must change
DTYPES = ("uint8", "uint16", "uint32")
AXES = ("tile", "y", "x")  # of every such array, channels behind
METADATA = "zarr.json"
HOLDER, RULE = "arrays_in", "colours"  # attributes of a store whose tiles are those of another in other colours


@dataclass(frozen=True)
class TileArray:
    """The pixels of a tile: how wide a number is, and how many there are for each.

    Args:
        dtype: ``uint8``, ``uint16`` or ``uint32``.
        channels: Numbers per pixel of an image; None where the array has no axis of channels, as masks have none.

    Raises:
        ProductError: Another dtype, or no channel.
    """

    dtype: str = "uint8"
    channels: int | None = 3

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise ProductError(f"a tile array of {self.dtype}", where="tile store", fix=f"one of: {', '.join(DTYPES)}")
        if self.channels is not None and self.channels < 1:
            raise ProductError(f"a tile array of {self.channels} channels", where="tile store", fix="at least one")

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of its axes."""
        return AXES if self.channels is None else (*AXES, "c")

    def shape(self, size: int) -> tuple[int, ...]:
        """Of one tile of ``size`` pixels: (y, x) or (y, x, c)."""
        return (size, size) if self.channels is None else (size, size, self.channels)

    def nbytes(self, size: int) -> int:
        """Of one decoded tile of ``size`` pixels."""
        return int(np.prod(self.shape(size))) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True)
class StoredArray:
    """An array as Zarr describes it in a store.

    Args:
        count: Tiles.
        slots: Tiles in a full shard.
        tile: Shape of one: (y, x) or (y, x, c).
        dtype: Of its numbers.
    """

    count: int
    slots: int
    tile: tuple[int, ...]
    dtype: str

    def __str__(self) -> str:
        return f"{' x '.join(map(str, self.tile))} {self.dtype}"


def stored_array(store: Path, name: str) -> StoredArray:
    """Reads what Zarr says of an array.

    Raises:
        ProductError: The store is missing or of another version, it has no such array, or another kind of one.
    """
    if not store.is_dir():
        raise ProductError("no tile store", where=str(store), fix="run the phase that makes it")
    version = store_attributes(store).get("version")
    if version != VERSION:
        raise ProductError(f"store version {version}, expected {VERSION}", where=str(store), fix="make it again")
    if not holder(store).is_dir():
        text = f"its tiles are those of {holder(store)}, which is not there"
        raise ProductError(text, where=str(store), fix="run the phase that makes it, or set normalize.keep: pixels")
    found = read_json(metadata_path(store, name))
    if not is_tile_array(found):
        known = ", ".join(tile_arrays(store))
        raise ProductError(f"{name!r} has no pixels for every tile", where=str(store), fix=f"those have: {known}")
    count, *tile = found["shape"]
    slots = found["chunk_grid"]["configuration"]["chunk_shape"][0]
    return StoredArray(count, slots, tuple(tile), TileArray(found["data_type"]).dtype)


def store_attributes(store: Path) -> Json:
    """What a store says of itself."""
    found: Json = read_json(store / METADATA)["attributes"]
    return found


def holder(store: Path) -> Path:
    """Where the arrays of a store lie: in itself, or in the one whose tiles it shows in other colours."""
    named = store_attributes(store).get(HOLDER) if (store / METADATA).is_file() else None
    return Path(os.path.normpath(store / named)) if named else store


def tile_arrays(store: Path) -> dict[str, TileArray]:
    """Every such array of a store by name, in the order of names."""
    found = {name: read_json(metadata_path(store, name)) for name in array_names(store)}
    return {
        name: TileArray(array["data_type"], array["shape"][3] if len(array["shape"]) > len(AXES) else None)
        for name, array in found.items()
        if is_tile_array(array)
    }


def is_tile_array(metadata: Json) -> bool:
    """Whether Zarr's metadata are of an array with pixels for every tile, and not of a column."""
    return bool(metadata["codecs"][0]["name"] == "sharding_indexed")  # columns are one chunk


def array_names(store: Path) -> list[str]:
    """Every array of a store, sorted."""
    return sorted(path.parent.name for path in holder(store).glob(f"*/{METADATA}"))


def metadata_path(store: Path, name: str) -> Path:
    """Zarr's metadata of an array; raises ProductError that lists the known ones where there is none."""
    path = holder(store) / name / METADATA
    if not path.is_file():
        known = ", ".join(array_names(store))
        raise ProductError(f"the store has no {name!r}", where=str(store), fix=f"it has: {known}")
    return path


def shard_path(store: Path, name: str, shard: int, axes: int) -> Path:
    """Where Zarr keeps a shard of an array of ``axes`` axes, which is cut along the first alone."""
    return store.joinpath(name, "c", str(shard), *"0" * (axes - 1))
