"""Digests: what tells one content from another."""

import hashlib
import math
from pathlib import Path

import numpy as np

SIZE = 16  # bytes


def digest_bytes(*parts: bytes) -> str:
    """BLAKE2b of the parts, 32 hex digits."""
    state = hashlib.blake2b(digest_size=SIZE)
    for part in parts:
        state.update(len(part).to_bytes(8) + part)
    return state.hexdigest()


def digest_file(path: Path) -> str:
    """BLAKE2b of a file's bytes, 32 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=SIZE)).hexdigest()


def digest_array(array: np.ndarray) -> str:
    """Digest of dtype, shape and decoded values: a change of codec leaves it as it is."""
    digest = ArrayDigest(array.dtype, array.shape)
    digest.update(array)
    return digest.hexdigest()


class ArrayDigest:
    """Digest of dtype, shape and decoded values of an array that comes piece by piece.

    Args:
        dtype: Of the array.
        shape: Of all pieces, joined along the first axis.
    """

    def __init__(self, dtype: np.dtype, shape: tuple[int, ...]) -> None:
        head, size = f"{dtype.str}{shape}".encode(), math.prod(shape) * dtype.itemsize
        self._state = hashlib.blake2b(len(head).to_bytes(8) + head + size.to_bytes(8), digest_size=SIZE)

    def update(self, piece: np.ndarray) -> None:
        """Adds the next rows."""
        self._state.update(np.ascontiguousarray(piece).reshape(-1).view(np.uint8).data)

    def hexdigest(self) -> str:
        """32 hex digits, once all pieces are in."""
        return self._state.hexdigest()
