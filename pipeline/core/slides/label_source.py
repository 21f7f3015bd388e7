"""Labels of every pixel of an image, whatever file they come from: classes and objects, read without averaging."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.slides.base import Pair

OBJECT = 255  # where there is an object, in the picture of labels; elsewhere 0


@dataclass(frozen=True)
class Frame:
    """The image that labels belong to.

    Args:
        mpp: µm per pixel.
        size: Width and height in pixels; None where nobody knows yet.
    """

    mpp: float
    size: tuple[int, int] | None

    def at(self, mpp: float) -> "Frame":
        """The same image in pixels of another size, to the nearest whole one."""
        if self.size is None:
            return Frame(mpp, None)
        width, height = (max(1, round(side * self.mpp / mpp)) for side in self.size)
        return Frame(mpp, (width, height))


class LabelSource(ABC):
    """The labels of one image, which are a picture as well: white where there is an object, else black.

    So it is a :class:`pipeline.core.slides.base.Reader` of one level. Threads may read it at the same time.

    Args:
        path: The file or folder.
        width: Pixels.
        height: Pixels.

    Attributes:
        dtype: Of instance ids, ``uint16`` or ``uint32``.
        sized: Whether the file says how large the image is; outlines do not.
        begins: x and y from which on there begins no outline; the image is larger, if they are of it.
    """

    dtype: str = "uint32"
    sized: bool = True
    begins: Pair = (0.0, 0.0)
    mpp: Pair | None = None
    objective: float | None = None

    def __init__(self, path: Path, width: int, height: int) -> None:
        self.path, self.width, self.height = path, width, height
        self.levels = [(width, height)]

    @abstractmethod
    def masks(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Class ids at all crossings of rows and columns, int64 and ascending: uint8 (row, column)."""

    @abstractmethod
    def instances(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Instance ids at all crossings of rows and columns, int64 and ascending: ``dtype`` (row, column)."""

    def tile(self, x: float, y: float, side: float, size: int) -> tuple[np.ndarray, np.ndarray]:
        """A square at any scale: each pixel has the label at its centre; beyond the image, that of the nearest pixel.

        Args:
            x: Left border, level-0 pixels.
            y: Upper border, level-0 pixels.
            side: Level-0 pixels.
            size: Side of the answer in pixels.

        Returns:
            Class ids, uint8 (size, size), and instance ids, uint16 or uint32 (size, size): ``dtype`` says which.

        Raises:
            SlideError: The file cannot be decoded there, or a class id is above 255.
        """
        rows, columns = nearest(y, side, size, self.height), nearest(x, side, size, self.width)
        return self.masks(rows, columns), self.instances(rows, columns)

    def read(self, level: int, x: int, y: int, width: int, height: int) -> np.ndarray:
        """A box of the picture: uint8 (height, width, 3), black outside the image."""
        left, top, right, bottom = max(0, x), max(0, y), min(self.width, x + width), min(self.height, y + height)
        box = np.zeros((height, width, 3), np.uint8)
        if left < right and top < bottom:
            found = self.masks(np.arange(top, bottom), np.arange(left, right)) > 0
            box[top - y : bottom - y, left - x : right - x] = np.where(found, OBJECT, 0)[..., None]
        return box

    def close(self) -> None:  # noqa: B027 - most hold no file open
        """Gives the file back, if one is held open."""


def nearest(start: float, side: float, size: int, limit: int) -> np.ndarray:
    """The pixels at the centres of ``size`` steps from ``start`` over ``side``: int64 (size,), ascending."""
    centres = start + (np.arange(size) + 0.5) * (side / size)
    pixels: np.ndarray = np.clip(np.floor(centres + 1e-6).astype(np.int64), 0, limit - 1)
    return pixels
