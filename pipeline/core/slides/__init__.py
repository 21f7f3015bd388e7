"""Readers by what they read."""

from pathlib import Path

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import Reader, decoding
from pipeline.core.slides.stack import is_array

TIFFS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # first bytes, classic and BigTIFF
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")
DIRECT = (None, "generic-tiff", "aperio")  # what OpenSlide calls the TIFFs that are decoded without it


def open_image(path: Path, channels: list[int] | None = None) -> Reader:
    """Opens a slide or an image with the reader that suits it.

    Args:
        path: The file, a folder that holds one DICOM slide, or an image of many in one array.
        channels: Source channels of a multiplex TIFF that become red, green and blue.

    Raises:
        SlideError: No reader can open it.
    """
    from pipeline.core.slides.arrays import ArrayReader
    from pipeline.core.slides.pictures import PictureReader
    from pipeline.core.slides.slides import SlideReader, find_series, find_vendor
    from pipeline.core.slides.tiffs import open_tiff

    if path.is_dir():
        path = find_series(path)
    array, picture = is_array(path), path.suffix.lower() in PICTURES
    vendor = None if picture or array else find_vendor(path)
    if not array and vendor in DIRECT and _start(path) in TIFFS:
        return open_tiff(path, channels, vendor)
    if channels is not None:
        raise SlideError(
            f"channels {channels} are asked for, which only TIFF files have",
            where=str(path),
            fix="take the channels of its stain out of params.yaml: stains, or export it as TIFF",
        )
    if array:
        return ArrayReader(path)
    if picture:
        return PictureReader(path)
    if vendor is None:
        raise SlideError(
            "cannot open it: no slide format that is known, or damaged at its start",
            where=str(path),
            fix="segmentations and annotations are no slides; copy the file anew, or export it as TIFF",
        )
    return SlideReader(path)


def _start(path: Path) -> bytes:
    with decoding(path, "open the file"), path.open("rb") as file:
        return file.read(4)
