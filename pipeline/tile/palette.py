"""The colours of an image: what depends on colour alone is decided once per colour, not once per pixel."""

import numpy as np

BITS = 7  # of each channel that are told apart: a step is 1/128 of full light
WHITE, BLACK = 0.99, 0.01  # share of full light of what fills places that were not scanned
STRIP = 1 << 22  # pixels counted at once


class Palette:
    """The colours that occur in an image, how often, and where.

    Args:
        image: uint8 (y, x, 3).

    Attributes:
        light: float32 (colour, 3), shares of full light, above 0.
        counts: int64 (colour,), pixels.
        scanned: bool (colour,), false for full white and full black.
    """

    def __init__(self, image: np.ndarray) -> None:
        height, width = image.shape[:2]
        self._code = np.empty((height, width), np.int32)
        counts = np.zeros(1 << 3 * BITS, np.int64)
        rows = max(1, STRIP // width)
        for top in range(0, height, rows):
            red, green, blue = np.moveaxis(image[top : top + rows] >> (8 - BITS), -1, 0).astype(np.int32)
            code = red << 2 * BITS | green << BITS | blue
            self._code[top : top + rows] = code
            counts += np.bincount(code.ravel(), minlength=counts.size)
        self._used = np.flatnonzero(counts)
        self.counts = counts[self._used]
        channels = [self._used >> shift & (1 << BITS) - 1 for shift in (2 * BITS, BITS, 0)]
        self.light = ((np.stack(channels, axis=-1) + 0.5) / (1 << BITS)).astype(np.float32)
        self.scanned = (self.light.min(-1) < WHITE) & (self.light.max(-1) > BLACK)

    def where(self, chosen: np.ndarray) -> np.ndarray:
        """Pixels of the chosen colours: bool (y, x) of bool (colour,)."""
        table = np.zeros(1 << 3 * BITS, bool)
        table[self._used] = chosen
        return np.take(table, self._code)
