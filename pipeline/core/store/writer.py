"""Writes the tiles of a store, block by block, shard after shard."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.core.digests import ArrayDigest, digest_bytes
from pipeline.core.errors import ProductError
from pipeline.core.store.array import TileArray, shard_path
from pipeline.core.store.codec import codec_for
from pipeline.core.store.shard import ShardWriter

if TYPE_CHECKING:
    import zarr

Block = np.ndarray | Mapping[str, np.ndarray]


class ArrayWriter:
    """Encodes and digests the blocks of an array; the two may run side by side, each in the order of the tiles.

    Args:
        group: The store, which the array is made in.
        folder: Where the store lies.
        name: Of the array.
        array: What its tiles are.
        count: Tiles to come.
        size: Side of a tile in stored pixels.
        slots: Tiles in a full shard.
    """

    def __init__(
        self, group: "zarr.Group", folder: Path, name: str, array: TileArray, *, count: int, size: int, slots: int
    ) -> None:
        from zarr.codecs import BloscCodec

        self.dtype, self.tile = np.dtype(array.dtype), array.shape(size)
        self._codec = codec_for(array)
        self._folder, self._name, self._count, self._slots = folder, name, count, slots
        self._encoded = self._digested = 0
        self._digests: list[ArrayDigest] = []
        self._shard: ShardWriter | None = None
        group.create_array(
            name,
            shape=(count, *self.tile),
            dtype=array.dtype,
            chunks=(1, *self.tile),
            shards=(slots, *self.tile),
            compressors=BloscCodec(**self._codec._asdict()),
            dimension_names=array.axes,
        )

    def encode(self, block: np.ndarray) -> None:
        """Writes the next tiles: (any number, y, x), or with channels behind."""
        for piece in _pieces(block, self._encoded, self._slots):
            if self._shard is None or self._encoded % self._slots == 0:
                path = shard_path(self._folder, self._name, self._encoded // self._slots, axes=block.ndim)
                self._shard = ShardWriter(path, self._codec, self._in_shard(self._encoded), self._slots)
            self._shard.append(piece)
            self._encoded += len(piece)

    def digest(self, block: np.ndarray) -> None:
        """Adds the same tiles to the digest."""
        for piece in _pieces(block, self._digested, self._slots):
            if self._digested % self._slots == 0:
                self._digests.append(ArrayDigest(self.dtype, (self._in_shard(self._digested), *self.tile)))
            self._digests[-1].update(piece)
            self._digested += len(piece)

    def hexdigest(self) -> str:
        """Of the shards' digests, once all tiles are in."""
        return digest_bytes(*(digest.hexdigest().encode() for digest in self._digests))

    def _in_shard(self, first: int) -> int:
        return min(self._slots, self._count - first)


def _pieces(block: np.ndarray, start: int, length: int) -> Iterator[np.ndarray]:
    """Cuts a block whose first row is ``start`` where a multiple of ``length`` rows is reached."""
    cuts = range(length - start % length, len(block), length)
    yield from (piece for piece in np.split(block, cuts) if len(piece))


def write_tiles(writers: dict[str, ArrayWriter], blocks: Iterable[Block], count: int, path: Path) -> dict[str, str]:
    """Writes the shards; while the caller makes the next block, the last one is encoded and digested.

    Returns:
        The digest of each array's decoded values.

    Raises:
        ProductError: The blocks hold another number of tiles, or tiles of another shape or dtype.
    """
    done, running = 0, list[Future[None]]()
    with ThreadPoolExecutor(2) as pool:
        for block in blocks:
            parts = {"image": block} if isinstance(block, np.ndarray) else block
            done += _check(writers, parts, done, count, path)
            _finish(running)
            running = [
                pool.submit(work, parts[name])
                for name, writer in writers.items()
                for work in (writer.encode, writer.digest)
            ]
        _finish(running)
    if done != count:
        raise ProductError(f"got {done} tiles", where=str(path), fix=f"expected {count}")
    return {name: writer.hexdigest() for name, writer in writers.items()}


def _check(
    writers: Mapping[str, ArrayWriter], parts: Mapping[str, np.ndarray], done: int, count: int, path: Path
) -> int:
    """The number of tiles in a block, once it is known to be what was announced."""
    if parts.keys() != writers.keys():
        found, expected = (", ".join(sorted(names)) for names in (parts, writers))
        raise ProductError(f"got tiles of {found}", where=str(path), fix=f"expected {expected}")
    tiles = max(len(part) for part in parts.values())
    for name, part in parts.items():
        writer = writers[name]
        fits = part.shape == (tiles, *writer.tile) and part.dtype == writer.dtype
        if not fits or done + tiles > count:
            raise ProductError(
                f"got {done + len(part)} tiles of {part.dtype} {part.shape[1:]} for {name!r}",
                where=str(path),
                fix=f"expected {count} tiles of {writer.dtype} {writer.tile}",
            )
    return tiles


def _finish(jobs: Iterable[Future[None]]) -> None:
    for job in jobs:
        job.result()
