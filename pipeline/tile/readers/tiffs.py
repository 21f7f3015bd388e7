"""Plain, OME and many-channel TIFF, through tifffile."""

from pathlib import Path

import numpy as np
import tifffile
import zarr

from pipeline.core.errors import SlideError
from pipeline.tile.readers.base import decoding

PER_UNIT = {2: 25_400.0, 3: 10_000.0}  # µm per inch and per centimetre, by the tag's code
SCREEN = 15.0  # µm: coarser values are screen resolutions such as 72 dpi, not a microscope's


class TiffReader:
    """The first image of a TIFF file, with its pyramid.

    Args:
        path: The file.
        channels: Source channels that become red, green and blue; missing ones are black. None for a
            grey or RGB file.

    Raises:
        SlideError: The file cannot be opened, is not 8-bit, or has not the channels asked for.
    """

    def __init__(self, path: Path, channels: list[int] | None = None) -> None:
        self.path = path
        with decoding(path, "open the TIFF"):
            self._file = tifffile.TiffFile(path)
            series = self._file.series[0]
            axes, kind = series.axes.replace("I", "C").replace("Q", "C"), series.dtype
            self._arrays = [zarr.open_array(level.aszarr(), mode="r") for level in series.levels]
            self.mpp = _mpp(series.keyframe)
        if kind != np.uint8 or set(axes) - set("YXSC") or len(axes) not in (2, 3):
            raise SlideError(
                f"expected an 8-bit image of one plane, found {kind} with axes {axes}",
                where=str(path),
                fix="export it as 8-bit RGB TIFF",
            )
        self._axes = axes
        self.levels = [(array.shape[axes.index("X")], array.shape[axes.index("Y")]) for array in self._arrays]
        count = series.shape[3 - axes.index("Y") - axes.index("X")] if len(axes) == 3 else 1
        self._channels = _channels(channels, count, path)

    def read(self, level: int, x: int, y: int, width: int, height: int) -> np.ndarray:
        box = {"Y": slice(y, y + height), "X": slice(x, x + width)}
        with decoding(self.path, "read the TIFF"):
            pixels = np.asarray(self._arrays[level][tuple(box.get(axis, slice(None)) for axis in self._axes)])
        if pixels.ndim == 2:
            pixels = pixels[..., None]
        elif self._axes[0] in "SC":
            pixels = np.moveaxis(pixels, 0, -1)
        picture = np.zeros((height, width, 3), np.uint8)
        for place, channel in enumerate(self._channels):
            picture[..., place] = pixels[..., channel]
        return picture

    def close(self) -> None:
        self._file.close()


def _channels(wanted: list[int] | None, count: int, path: Path) -> list[int]:
    if wanted is None:
        if count not in (1, 3, 4):
            raise SlideError(
                f"{count} channels, and nothing says which are red, green and blue",
                where=str(path),
                fix="name them in params.yaml: tile.channels.<stain>: [0, 1, 2]",
            )
        return [0, 0, 0] if count == 1 else [0, 1, 2]
    if not 1 <= len(wanted) <= 3 or not all(0 <= channel < count for channel in wanted):
        raise SlideError(
            f"channels {wanted} of an image of {count}",
            where=str(path),
            fix=f"tile.channels.<stain>: one to three of 0..{count - 1}",
        )
    return wanted


def _mpp(page: tifffile.TiffPage) -> float | None:
    """µm per pixel by the resolution tags, where they are a microscope's."""
    tags = page.tags
    if "XResolution" not in tags or "YResolution" not in tags:
        return None
    unit = int(tags["ResolutionUnit"].value) if "ResolutionUnit" in tags else 2  # inches, by the TIFF standard
    if unit not in PER_UNIT:
        return None
    (across, by), (up, over) = tags["XResolution"].value, tags["YResolution"].value
    if not across or not by or not up or not over:
        return None
    mpp = PER_UNIT[unit] * (by / across + over / up) / 2
    return mpp if mpp < SCREEN else None
