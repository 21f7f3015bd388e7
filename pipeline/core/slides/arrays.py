"""Images in NumPy's files, such as the folds of PanNuke."""

from pathlib import Path

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import check_size
from pipeline.core.slides.pictures import HeldPicture
from pipeline.core.slides.stack import read_array

GREY, RGB = 2, 3  # axes


class ArrayReader(HeldPicture):
    """An array of grey or RGB values from 0 to 255, whole numbers of any type.

    Args:
        path: The file, or the place of the image in it; see :mod:`pipeline.core.slides.stack`.

    Raises:
        SlideError: It is no such array.
    """

    def __init__(self, path: Path) -> None:
        values = read_array(path)
        shaped = values.ndim == GREY or (values.ndim == RGB and values.shape[2] == 3)
        if not shaped or values.dtype.kind not in "uif":
            raise SlideError(
                f"an array {values.shape} of {values.dtype}, expected numbers (y, x) or (y, x, 3)",
                where=str(path),
                fix="save it as numpy.uint8 (y, x, 3), or (image, y, x, 3) for many of one size",
            )
        check_size(path, values.shape[1], values.shape[0])
        with np.errstate(invalid="ignore"):
            pixels = values.astype(np.uint8)
        if (pixels != values).any():
            raise SlideError(
                f"values from {values.min():g} to {values.max():g}, expected whole numbers from 0 to 255",
                where=str(path),
                fix="scale them to 0 to 255 and save them as numpy.uint8",
            )
        super().__init__(pixels if values.ndim == RGB else pixels[..., None].repeat(3, 2))
