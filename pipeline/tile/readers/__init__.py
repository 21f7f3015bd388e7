"""Readers by what they read."""

from pathlib import Path

from pipeline.core.errors import SlideError
from pipeline.tile.readers.base import Reader

TIFFS = (".tif", ".tiff", ".btf")
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".webp")


def open_image(path: Path, channels: list[int] | None = None) -> Reader:
    """Opens a slide or an image with the reader that suits it.

    Args:
        path: The file.
        channels: Source channels of a multiplex TIFF that become red, green and blue.

    Raises:
        SlideError: No reader can open it.
    """
    from pipeline.tile.readers.pictures import PictureReader
    from pipeline.tile.readers.slides import SlideReader
    from pipeline.tile.readers.tiffs import TiffReader

    suffix = path.suffix.lower()
    if suffix in PICTURES:
        return PictureReader(path)
    if suffix in TIFFS and channels is not None:
        return TiffReader(path, channels)
    try:
        return SlideReader(path)
    except SlideError:
        if suffix not in TIFFS:
            raise
        return TiffReader(path)
