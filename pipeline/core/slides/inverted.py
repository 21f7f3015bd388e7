"""Pictures with their contrast turned: of electrons, some show dark what others show bright."""

import numpy as np

from pipeline.core.slides.base import Pair, Reader


class Inverted:
    """A reader whose values are turned: the largest number less each.

    Args:
        reader: Gives unsigned integers; closed with it.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.mpp: Pair | None = reader.mpp
        self.objective, self.levels = reader.objective, reader.levels

    def read(self, level: int, x: int, y: int, width: int, height: int) -> np.ndarray:
        return np.asarray(np.invert(self._reader.read(level, x, y, width, height)))

    def close(self) -> None:
        self._reader.close()
