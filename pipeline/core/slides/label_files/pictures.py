"""Pictures whose values are class ids or ids of objects: PNG, BMP and TIFF."""

from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import check_size, decoding
from pipeline.core.slides.label_files.numbers import labels_of, whole
from pipeline.core.slides.label_source import Frame, LabelSource
from pipeline.core.slides.labelling import Labelling
from pipeline.core.slides.labels import LabelImage

MOST = 1 << 28  # pixels that are held in memory


def read_picture(path: Path, labelling: Labelling, frame: Frame | None) -> LabelSource:
    """Labels of a picture that Pillow decodes; of a palette, the indices are the values."""
    with decoding(path, "open the labels"), Image.open(path) as image:
        _check(path, *image.size)
        values = np.asarray(image)
    return labels_of(_one_channel(values, path), labelling, path)


def read_tiff(path: Path, labelling: Labelling, frame: Frame | None) -> LabelSource:
    """Labels of a TIFF of one page; of two pages, they are instance ids and class ids."""
    with decoding(path, "open the labels"), tifffile.TiffFile(path) as file:
        page = file.pages.first
        _check(path, page.imagewidth, page.imagelength)
        if len(file.pages) == 2 and file.pages[1].shape == page.shape:
            return LabelImage(path)
        values = page.asarray()
    return labels_of(_one_channel(values, path), labelling, path)


def values_of(path: Path) -> np.ndarray:
    """The values of a picture of one object: uint32 (y, x)."""
    with decoding(path, "open the labels"), Image.open(path) as image:
        _check(path, *image.size)
        return whole(_one_channel(np.asarray(image), path), path)


def _check(path: Path, width: int, height: int) -> None:
    check_size(path, width, height)
    if width * height > MOST:
        raise SlideError(
            f"labels of {width} x {height} px in one piece, at most {MOST >> 20} Mpx are read",
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
