"""Arrays in NumPy's files, mapped into memory: those of four axes are many images, each with a path below the file."""

from pathlib import Path

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import decoding
from pipeline.core.slides.slide import ARRAY

AXES = 4  # of many images: image, y, x, channel
READ = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def is_array(path: Path) -> bool:
    """Whether the path is such a file's, or of an image in one."""
    return ARRAY in (path.suffix.lower(), path.parent.suffix.lower())


def members(path: Path) -> list[Path]:
    """The images of a file, as paths below it; the file itself where it is one array.

    Raises:
        SlideError: It cannot be opened, or holds Python objects.
    """
    shape = _shape(path)
    return [path / f"{index:06d}" for index in range(shape[0])] if len(shape) == AXES else [path]


def read_array(path: Path) -> np.ndarray:
    """An array, or the image of many that the path names; read-only, and read from the disk where it is looked at.

    Raises:
        SlideError: The file cannot be opened, or holds Python objects.
    """
    file = path if path.suffix.lower() == ARRAY else path.parent
    _shape(file)
    with decoding(file, "open the array"):
        found: np.ndarray = np.load(file, mmap_mode="r", allow_pickle=False)
        return found if file == path else found[int(path.name)]


def _shape(path: Path) -> tuple[int, ...]:
    with decoding(path, "open the array"), path.open("rb") as file:
        shape, _, dtype = READ[np.lib.format.read_magic(file)](file)
    if dtype.hasobject:
        raise SlideError(
            "an array of Python objects, which are never loaded: they can run any program",
            where=str(path),
            fix="where you trust it, load it yourself (numpy.load, allow_pickle=True) and save its parts anew: names "
            "by numpy.save('x.npy', array.astype(str)), a dictionary of maps by scipy.io.savemat('x.mat', it.item())",
        )
    found: tuple[int, ...] = shape
    return found
