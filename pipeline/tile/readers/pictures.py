"""Small images such as the tiles of public data sets, through Pillow."""

from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.tile.readers.base import decoding


class PictureReader:
    """A PNG, JPEG or other image that fits into memory. It knows no resolution.

    Args:
        path: The file.

    Raises:
        SlideError: Pillow cannot decode it.
    """

    def __init__(self, path: Path) -> None:
        with decoding(path, "open the image"), Image.open(path) as image:
            self._pixels = np.asarray(image.convert("RGB"))
        self.mpp: float | None = None
        self.levels = [(self._pixels.shape[1], self._pixels.shape[0])]

    def read(self, level: int, x: int, y: int, width: int, height: int) -> np.ndarray:
        return self._pixels[y : y + height, x : x + width]

    def close(self) -> None:
        """Nothing is held open."""
