"""TIFF, decoded segment by segment."""

import os
from operator import attrgetter
from pathlib import Path
from threading import Lock

import numpy as np
import tifffile
from cachetools import LRUCache

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import Pair, Reader, decoding
from pipeline.core.slides.colours import Colours, check_kind
from pipeline.core.slides.pyramid import Layout, by_series, find_pages, same_as_openslide
from pipeline.core.slides.resolution import tiff_scale
from pipeline.core.slides.segments import Segments
from pipeline.core.slides.slides import SlideReader

CACHE = 256 << 20  # bytes of decoded segments that are kept
LARGE = 16 << 20  # bytes of a segment that threads decode one after another, for their memory's sake


def open_tiff(path: Path, channels: list[int] | None, vendor: str | None) -> Reader:
    """Opens a TIFF: directly where that gives OpenSlide's pixels or OpenSlide knows it not, else through OpenSlide.

    Args:
        path: The file.
        channels: Source channels that become red, green and blue; None for a grey or RGB file.
        vendor: OpenSlide's name for the format.

    Raises:
        SlideError: It cannot be opened, or not be shown as 8-bit RGB.
    """
    with decoding(path, "open the TIFF"), tifffile.TiffFile(path) as file:
        pages = find_pages(path, file)
        check_kind(path, pages[0], named=channels is not None)
        slide = _openslide(path) if vendor and channels is None and not file.is_ome else None
        if slide is not None and vendor:
            layout = same_as_openslide(path, pages, slide.levels, vendor)
            if layout is None:
                return slide
            slide.close()
            return TiffReader(path, layout, slide.mpp, slide.objective)
        layout = by_series(path, file, channels)
        return TiffReader(path, layout, *tiff_scale(file, pages[0]))


def _openslide(path: Path) -> SlideReader | None:
    """None where OpenSlide lacks a codec, for instance."""
    try:
        return SlideReader(path)
    except SlideError:
        return None


class TiffReader:
    """The first image of a TIFF file with its pyramid.

    Args:
        path: The file.
        layout: Where its levels lie.
        mpp: µm per pixel along x and y.
        objective: Power of the lens.

    Raises:
        SlideError: The file cannot be opened, or its layout makes no sense.
    """

    def __init__(self, path: Path, layout: Layout, mpp: Pair | None, objective: float | None) -> None:
        self.path, self.mpp, self.objective = path, mpp, objective
        self._colours: Colours = layout.colours
        self._fill = layout.fill
        self._decoded: LRUCache[tuple[int, int], np.ndarray] = LRUCache(CACHE, getsizeof=attrgetter("nbytes"))
        self._keeping, self._lock = Lock(), Lock()
        with decoding(path, "open the TIFF"):
            self._file = os.open(path, os.O_RDONLY)
        try:
            with decoding(path, "open the TIFF"):
                self._levels = [Segments(path, self._file, page, planes) for page, planes in layout.levels]
        except SlideError:
            self.close()
            raise
        self.levels = [(level.width, level.height) for level in self._levels]

    def read(self, level: int, x: int, y: int, width: int, height: int) -> np.ndarray:
        image = self._levels[level]
        left, top = max(0, x // image.wide), max(0, y // image.high)
        right, bottom = min(image.width, x + width), min(image.height, y + height)
        if (left * image.wide, top * image.high, right - x, bottom - y) == (x, y, width, height):
            # a box that is a whole segment is seldom asked for twice: to keep it would cost more than to decode it
            whole = (width, height) == (image.wide, image.high)
            segment = self._segment(level, top * image.across + left, keep=not whole)
            if segment is not None and segment.shape[:2] == (height, width):
                return segment
        box = np.full((height, width, 3), self._fill, np.uint8)
        for row in range(top, -(-bottom // image.high)):
            for column in range(left, -(-right // image.wide)):
                segment = self._segment(level, row * image.across + column)
                if segment is not None:
                    x0, y0 = column * image.wide, row * image.high
                    part = segment[max(0, y - y0) : bottom - y0, max(0, x - x0) : right - x0]
                    up, over = max(0, y0 - y), max(0, x0 - x)
                    box[up : up + part.shape[0], over : over + part.shape[1]] = part
        return box

    def close(self) -> None:
        os.close(self._file)

    def _segment(self, level: int, index: int, *, keep: bool = True) -> np.ndarray | None:
        found = self._kept(level, index)
        if found is not None:
            return found
        image = self._levels[level]
        if image.wide * image.high * 3 <= LARGE:
            return self._decode(level, index, keep=keep)
        with self._lock:
            found = self._kept(level, index)
            return self._decode(level, index, keep=True) if found is None else found

    def _kept(self, level: int, index: int) -> np.ndarray | None:
        with self._keeping:  # to look something up changes the order in which things are dropped
            return self._decoded.get((level, index))

    def _decode(self, level: int, index: int, *, keep: bool) -> np.ndarray | None:
        with decoding(self.path, "read the TIFF"):
            found = self._levels[level].read(index, self._colours)
        if found is not None and keep:
            found.flags.writeable = False
            with self._keeping:
                self._decoded[level, index] = found
        return found
