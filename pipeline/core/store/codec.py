"""How one tile is encoded: a Blosc frame, compressed where that is worth it."""

import struct
from typing import NamedTuple

import imagecodecs
import numpy as np

from pipeline.core.store.array import TileArray

HEADER = struct.Struct("<2xB1xI4xI")  # of Blosc: flags, decoded and encoded bytes
PLAIN = 2  # flag of Blosc: what follows the header is not compressed
# a tile that shrinks to no less, as 8-bit tissue does, is kept as it is: plain pixels need no decoding
WORTH = {"noshuffle": 0.5, "bitshuffle": 0.8}


class Codec(NamedTuple):
    """Blosc's settings, by the names that Zarr gives them."""

    cname: str
    clevel: int
    shuffle: str
    typesize: int


def codec_for(array: TileArray) -> Codec:
    """The fastest to write and to read of those measured (docs/stores.md), and part of the Zarr v3 core.

    Wide numbers of an image are shuffled bit by bit, as their upper bits are mostly alike; those of a mask lie in
    runs, which are best left together.
    """
    wide = np.dtype(array.dtype).itemsize
    return Codec("lz4", 5, "bitshuffle" if wide > 1 and array.channels else "noshuffle", wide)


def encode(tile: np.ndarray, codec: Codec) -> bytes | bytearray:
    """The frame of a tile, flat and contiguous: uint8, uint16 or uint32 (number,)."""
    encoded = _encode(tile, codec)
    return _encode(tile, codec._replace(clevel=0)) if len(encoded) > WORTH[codec.shuffle] * tile.nbytes else encoded


def _encode(tile: np.ndarray, codec: Codec) -> bytes | bytearray:
    return imagecodecs.blosc_encode(
        tile,  # type: ignore[arg-type]  # any buffer will do
        codec.clevel,
        compressor=codec.cname,
        shuffle=codec.shuffle,
        typesize=codec.typesize,  # the buffer has the same: it is what the encoder goes by
        numthreads=1,  # the same bytes every time
    )
