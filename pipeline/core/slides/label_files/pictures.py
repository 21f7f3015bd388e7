"""Pictures whose values are class ids or ids of objects: PNG, BMP and TIFF."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import check_size, decoding
from pipeline.core.slides.label_files.declared import DeclaredLabels
from pipeline.core.slides.label_files.numbers import labels_of, whole
from pipeline.core.slides.label_source import Frame, LabelSource
from pipeline.core.slides.labelling import Labelling

MOST = 1 << 28  # pixels that are held in memory


def read_picture(path: Path, labelling: Labelling, frame: Frame | None) -> LabelSource:
    """Labels of a picture that Pillow decodes; of a palette, the indices are the values."""
    with decoding(path, "open the labels"), _opened(path) as image:
        values = np.asarray(image)
    return labels_of(_one_channel(values, path), labelling, path)


def read_tiff(path: Path, labelling: Labelling, frame: Frame | None) -> LabelSource:
    """Labels of a TIFF of one page; of two pages, they are instance ids and class ids."""
    with decoding(path, "open the labels"), tifffile.TiffFile(path) as file:
        page = file.pages.first
        if any(other.shape == page.shape for other in file.pages[1:]):  # a pyramid's are smaller
            return DeclaredLabels(path, labelling)
        _check(path, page.imagewidth, page.imagelength)
        values = page.asarray()
        if page.axes.startswith("S"):  # channels that are stored one behind the other
            values = np.moveaxis(values, 0, -1)
    return labels_of(_one_channel(values, path), labelling, path)


def values_of(path: Path) -> np.ndarray:
    """The values of a picture of one object: uint32 (y, x)."""
    with decoding(path, "open the labels"), _opened(path) as image:
        return whole(_one_channel(np.asarray(image), path), path)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """A picture of a size that is read; what Pillow thinks of large ones is said in our words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image = Image.open(path)
        except Image.DecompressionBombError:
            raise _large(path, "more", 2 * (Image.MAX_IMAGE_PIXELS or 0)) from None
    with image:
        _check(path, *image.size)
        yield image


def _check(path: Path, width: int, height: int) -> None:
    check_size(path, width, height)
    if width * height > MOST:
        raise _large(path, f"{width} x {height} px", MOST)


def _large(path: Path, found: str, most: int) -> SlideError:
    return SlideError(
        f"labels of {found} in one piece, at most {most >> 20} Mpx are read",
        where=str(path),
        fix="write a tiled TIFF of two pages, instance ids and class ids",
    )


def _one_channel(values: np.ndarray, path: Path) -> np.ndarray:
    """The only channel, or the one that all others are like: (y, x)."""
    if values.ndim == 2:
        return values
    colours = values[..., : 3 if values.shape[-1] > 2 else 1]  # without alpha
    if values.ndim != 3 or (colours != colours[..., :1]).any():
        raise SlideError(
            f"labels in colours, {' x '.join(map(str, values.shape))}",
            where=str(path),
            fix="write them as grey values or a palette; a picture without values has no classes to declare",
        )
    return colours[..., 0]
