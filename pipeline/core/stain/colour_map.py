"""A fixed map of colours, computed once for every colour that occurs."""

from collections.abc import Callable

import numpy as np

from pipeline.core.errors import ProductError

COLOURS = 1 << 24  # of 8-bit RGB
KNOWN = np.uint32(1 << 24)  # bit of an entry that was computed
BLOCK = 1 << 15  # colours at once: what a core keeps close


class ColourMap:
    """Applies a formula of colours by looking its answers up: the same values, at the price of a memory access.

    The table has room for all 2^24 colours, but takes memory only where colours were seen, some 20 MB for a stained
    slide. Threads may share it: whoever computes an entry computes the same.

    Args:
        formula: uint8 (colour, 3) to the same; a colour's answer depends on nothing else.
    """

    def __init__(self, formula: Callable[[np.ndarray], np.ndarray]) -> None:
        self._formula = formula
        self._table = np.zeros(COLOURS, np.uint32)  # red is the lowest byte

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Maps images.

        Args:
            images: uint8 (..., 3).

        Raises:
            ProductError: They are no 8-bit RGB.
        """
        if images.dtype != np.uint8 or images.shape[-1:] != (3,):
            found = f"{images.dtype} of shape {images.shape}"
            raise ProductError(f"expected 8-bit RGB, found {found}", where="stain", fix="normalise RGB stains alone")
        made = np.empty(images.shape, np.uint8)
        flat, out = images.reshape(-1, 3), made.reshape(-1, 3)
        for start in range(0, len(flat), BLOCK):
            part = slice(start, start + BLOCK)
            self._fill(flat[part], out[part])
        return made

    def entries(self, codes: np.ndarray) -> np.ndarray:
        """What colours become, KNOWN set: uint32 of the shape of ``codes``, which are uint32 with red lowest."""
        found: np.ndarray = self._table.take(codes)
        if not found.all():
            missing = np.unique(codes[found == 0])
            for start in range(0, len(missing), BLOCK):
                some = missing[start : start + BLOCK]
                self._table[some] = codes_of(self._formula(colours_of(some))) | KNOWN
            found = self._table.take(codes)
        return found

    def _fill(self, colours: np.ndarray, out: np.ndarray) -> None:
        found = self.entries(codes_of(colours)).view(np.uint8).reshape(-1, 4)
        for channel in range(3):  # one by one is faster than three at once
            out[:, channel] = found[:, channel]


def codes_of(colours: np.ndarray) -> np.ndarray:
    """uint8 (colour, 3) as uint32 (colour,), red lowest."""
    padded = np.zeros((len(colours), 4), np.uint8)
    for channel in range(3):
        padded[:, channel] = colours[:, channel]
    return padded.view("<u4")[:, 0]


def colours_of(codes: np.ndarray) -> np.ndarray:
    """The colours of codes: uint8 (colour, 3)."""
    return np.ascontiguousarray(codes, "<u4").view(np.uint8).reshape(-1, 4)[:, :3]
