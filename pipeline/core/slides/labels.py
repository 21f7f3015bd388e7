"""Label images: which object each pixel belongs to, and of which class that is; read without averaging."""

import os
from operator import attrgetter
from pathlib import Path
from threading import Lock

import numpy as np
import tifffile
from cachetools import LRUCache

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import decoding
from pipeline.core.slides.label_source import LabelSource
from pipeline.core.slides.segments import Plane, Segments

CACHE = 64 << 20  # bytes of decoded segments that are kept
IDS = {1: "uint16", 2: "uint16", 4: "uint32"}  # bytes of a number in the file, and as what it is given


class LabelImage(LabelSource):
    """A TIFF of two pages in the frame of a slide's level 0: instance ids, then class ids; 0 is background.

    Only the segments that are asked for are decoded. Threads may read it at the same time. A pixel that is of an object
    and of no class, or of a class and of no object, is background in :meth:`tile`, as in labels that are held.

    Args:
        path: The file; its segments should be tiles.

    Raises:
        SlideError: It cannot be opened, or is no such file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept: LRUCache[tuple[int, int], np.ndarray] = LRUCache(CACHE, getsizeof=attrgetter("nbytes"))
        self._keeping = Lock()
        with decoding(path, "open the label image"):
            self._file = os.open(path, os.O_RDONLY)
        try:
            with decoding(path, "open the label image"), tifffile.TiffFile(path) as file:
                pages = [file.pages[index].aspage() for index in range(len(file.pages))]
            check_pages(path, pages)
            with decoding(path, "open the label image"):
                self._pages = [
                    Segments(path, self._file, page, [Plane(page.dataoffsets, page.databytecounts)]) for page in pages
                ]
        except SlideError:
            self.close()
            raise
        super().__init__(path, self._pages[0].width, self._pages[0].height)
        self.dtype = IDS[_width(pages[0])]

    def masks(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        mask = self._labels(1, rows, columns)
        if mask.max(initial=0) > np.iinfo(np.uint8).max:
            raise SlideError(
                f"class id {mask.max()}, expected at most 255", where=str(self.path), fix="number them anew"
            )
        return mask.astype(np.uint8)

    def instances(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        return self._labels(0, rows, columns).astype(self.dtype)

    def tile(self, x: float, y: float, side: float, size: int) -> tuple[np.ndarray, np.ndarray]:
        mask, instance = super().tile(x, y, side, size)
        both = (mask > 0) & (instance > 0)
        return mask * both, instance * both

    def close(self) -> None:
        """Gives the file back."""
        os.close(self._file)

    def _labels(self, page: int, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """The labels at all crossings of rows and columns, both ascending: (row, column) of the file's dtype."""
        image = self._pages[page]
        found = np.empty((len(rows), len(columns)), np.uint32)
        for down in np.unique(rows // image.high):
            inside = slice(*np.searchsorted(rows // image.high, [down, down + 1]))
            for over in np.unique(columns // image.wide):
                beside = slice(*np.searchsorted(columns // image.wide, [over, over + 1]))
                segment = self._segment(page, int(down * image.across + over))
                places = np.ix_(rows[inside] - down * image.high, columns[beside] - over * image.wide)
                found[inside, beside] = 0 if segment is None else segment[places]
        return found

    def _segment(self, page: int, index: int) -> np.ndarray | None:
        """A decoded segment: (y, x), cut at the image's border or not; None where it was never written."""
        with self._keeping:
            found = self._kept.get((page, index))
        if found is None:
            with decoding(self.path, "read the label image"):
                pixels = self._pages[page].read(index, np.asarray)
            if pixels is None:
                return None
            found = pixels[..., 0]
            if found.nbytes <= CACHE:
                with self._keeping:
                    self._kept[page, index] = found
        return found


def check_pages(path: Path, pages: list[tifffile.TiffPage]) -> None:
    """Raises SlideError unless the pages are instance ids and class ids of the same pixels."""
    found = [f"{page.imagewidth} x {page.imagelength} {page.dtype}" for page in pages]
    alike = len({(page.imagewidth, page.imagelength) for page in pages}) == 1
    numbers = all(_width(page) in IDS and page.samplesperpixel == 1 for page in pages)
    if len(pages) != 2 or not alike or not numbers:
        raise SlideError(
            f"no label image: {len(found)} pages ({', '.join(found[:4])})",
            where=str(path),
            fix="expected two pages of one size, unsigned numbers of at most 32 bits: instance ids, then class ids",
        )


def _width(page: tifffile.TiffPage) -> int:
    """Bytes of an unsigned number; 0 where the page has other numbers."""
    return page.dtype.itemsize if page.dtype is not None and page.dtype.kind == "u" else 0
