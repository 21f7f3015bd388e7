"""One file of many encoded tiles with an index at its end: Zarr v3's ``sharding_indexed``, chunk = tile.

Written and read here and not by zarr-python, whose sharding codec goes tile by tile through an event loop and takes
some ten times as long; the bytes are as the specification has them (zarr-specs, "Sharding codec" 1.0), and zarr's own.
"""

import os
from pathlib import Path

import google_crc32c
import imagecodecs
import numpy as np

from pipeline.core.errors import ProductError
from pipeline.core.store.codec import HEADER, PLAIN, Codec, encode

ABSENT = np.iinfo(np.uint64).max
CHECKSUM_BYTES = 4


class ShardWriter:
    """Appends tiles to a new shard, and the index after the last.

    Args:
        path: The shard's file.
        codec: Of its tiles.
        tiles: Tiles to come.
        slots: Tiles in a full shard; the last one of an array may have fewer.
    """

    def __init__(self, path: Path, codec: Codec, tiles: int, slots: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb")
        self._index = np.full((slots, 2), ABSENT, "<u8")
        self._codec, self._tiles, self._done, self._end = codec, tiles, 0, 0

    def append(self, tiles: np.ndarray) -> None:
        """Encodes and writes tiles: (tile, y, x) or with channels behind, no more than are to come."""
        for tile in np.ascontiguousarray(tiles).reshape(len(tiles), -1):
            encoded = encode(tile, self._codec)
            self._file.write(encoded)
            self._index[self._done] = self._end, len(encoded)
            self._done, self._end = self._done + 1, self._end + len(encoded)
        if self._done == self._tiles:
            index = self._index.tobytes()
            self._file.write(index + google_crc32c.value(index).to_bytes(CHECKSUM_BYTES, "little"))
            self._file.close()


class Shard:
    """A shard opened for reading; safe to share between threads, closed with its last reference.

    Args:
        path: The shard's file.
        slots: Tiles in a full shard.
        index: From an earlier opening; read from the file when None.
        whole: Asks the system to fetch all of the file at once, in the background.

    Raises:
        ProductError: It cannot be opened, or its index is damaged.
    """

    def __init__(self, path: Path, slots: int, index: np.ndarray | None = None, *, whole: bool = False) -> None:
        self.path = path
        try:
            self._file = os.open(path, os.O_RDONLY)
        except OSError as error:
            raise self._damaged(str(error.strerror)) from None
        if whole and hasattr(os, "posix_fadvise"):  # not on macOS
            os.posix_fadvise(self._file, 0, 0, os.POSIX_FADV_WILLNEED)
        self.index = self._read_index(slots) if index is None else index

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            os.close(self._file)

    def read(self, slot: int, out: np.ndarray) -> None:
        """Reads and decodes one tile into ``out``, uint8 (bytes,); zeros where it was never written.

        Raises:
            ProductError: The tile's bytes are damaged.
        """
        offset, length = self.index[slot]
        if offset == ABSENT:
            out[:] = 0
            return
        if length == HEADER.size + len(out):
            self._read_plain(slot, int(offset), out)
            return
        encoded = self._bytes(offset, length)
        if length < HEADER.size or HEADER.unpack_from(encoded)[1:] != (len(out), length):
            raise self._damaged(f"tile {slot} has another length")
        try:
            imagecodecs.blosc_decode(encoded, numthreads=1, out=out.data)
        except (imagecodecs.BloscError, ValueError) as error:
            raise self._damaged(f"tile {slot}: {error}") from None

    def _read_plain(self, slot: int, offset: int, out: np.ndarray) -> None:
        """A tile that is not compressed goes from the file straight into ``out``."""
        header = bytearray(HEADER.size)
        try:
            count = os.preadv(self._file, [header, out.data], offset)
        except OSError as error:
            raise self._damaged(str(error.strerror)) from None
        flags, decoded, encoded = HEADER.unpack(header)
        if count != encoded or decoded != len(out) or not flags & PLAIN:
            raise self._damaged(f"tile {slot} has another length")

    def _read_index(self, slots: int) -> np.ndarray:
        length = slots * 16
        start = os.fstat(self._file).st_size - length - CHECKSUM_BYTES
        found = self._bytes(max(start, 0), length + CHECKSUM_BYTES)
        index, checksum = found[:length], found[length:]
        if google_crc32c.value(index).to_bytes(CHECKSUM_BYTES, "little") != checksum:
            raise self._damaged("its index is damaged")
        return np.frombuffer(index, "<u8").reshape(slots, 2)

    def _bytes(self, offset: int, length: int) -> bytes:
        try:
            found = os.pread(self._file, length, offset)
        except OSError as error:
            raise self._damaged(str(error.strerror)) from None
        if len(found) != length:
            raise self._damaged("it is cut off")
        return found

    def _damaged(self, what: str) -> ProductError:
        return ProductError(
            f"a shard of a tile store cannot be read: {what}", where=str(self.path), fix="make it again"
        )
