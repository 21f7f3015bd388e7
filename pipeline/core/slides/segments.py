"""The tiles or strips that one image of a TIFF file is stored in."""

import operator
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np
import tifffile

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import check_size, damaged
from pipeline.core.slides.codestream import jpeg2000_size, jpeg_size
from pipeline.core.slides.colours import RGB, YCBCR, Colours

SEGMENT = 1 << 27  # bytes of a decoded segment, at most
PIECE = 1 << 20  # bytes that a strip which is the whole image is read in
NONE, LZW, JPEG, DEFLATE, PACKBITS = 1, 5, 7, 8, 32773
DEFLATE_OLD, APERIO_RGB, JPEG2000, ZSTD = 32946, 33005, 34712, 50000
LIBJPEG = {RGB: 2, YCBCR: 3}  # its numbers for colour spaces
CODECS = (NONE, LZW, JPEG, DEFLATE, PACKBITS, DEFLATE_OLD, APERIO_RGB, JPEG2000, ZSTD)


@dataclass(frozen=True)
class Plane:
    """Where the segments of one plane of samples lie.

    Args:
        offsets: In the file, bytes.
        counts: Bytes; 0 where a segment was never written.
        first: Index of the plane's first segment among those of its page.
    """

    offsets: Sequence[int]
    counts: Sequence[int]
    first: int = 0


class Segments:
    """The segments of an image, each decoded on its own; threads may share it.

    Args:
        path: The file, for errors.
        descriptor: The file, open for reading.
        page: Says how its segments are coded; needs its file no more.
        planes: Where they lie: one plane, or one for each sample.

    Raises:
        SlideError: The layout makes no sense, or a segment is too large.
    """

    def __init__(self, path: Path, descriptor: int, page: tifffile.TiffPage, planes: list[Plane]) -> None:
        self.path, self._file = path, descriptor
        self._bytes = os.fstat(descriptor).st_size
        self._compression, self._photometric = int(page.compression), int(page.photometric)
        self._tables, self._decode = page.jpegtables, page.decode
        self._samples = page.samplesperpixel if page.planarconfig == 1 else 1
        self._planes = planes
        self.width, self.height, self.wide, self.high = check_layout(path, page)
        self._whole_strip = _is_whole_strip(page)
        if self._whole_strip:
            self.high = max(1, PIECE // (self.wide * self._samples))
        self.across, self.down = -(-self.width // self.wide), -(-self.height // self.high)
        expected = 1 if self._whole_strip else self.across * self.down
        if any(len(plane.offsets) != expected or len(plane.counts) != expected for plane in planes):
            raise damaged(path, f"{len(planes[0].offsets)} segments where its size asks for {expected}")
        end = max(max(map(operator.add, plane.offsets, plane.counts)) for plane in planes)
        if end > self._bytes:
            raise damaged(path, f"it ends at byte {self._bytes}, its pixels at {end}")

    def read(self, index: int, colours: Colours) -> np.ndarray | None:
        """A segment: uint8 (y, x, 3), cut at the image's border or not; None where it was never written.

        Raises:
            ValueError: It cannot be decoded; so do other errors of tifffile and the codecs.
        """
        parts = [self._part(plane, index) for plane in self._planes]
        missing = [part is None for part in parts]
        if any(missing):
            if not all(missing):
                raise ValueError("a segment lacks some of its channels")
            return None
        return colours(parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-1))  # type: ignore[arg-type]

    def _part(self, plane: Plane, index: int) -> np.ndarray | None:
        if self._whole_strip:
            return self._rows(plane, index)
        data = self._stored(plane.offsets[index], plane.counts[index])
        if data is None:
            return None
        if self._compression == JPEG:
            self._check_size(index, *jpeg_size(data))
        elif self._compression in (APERIO_RGB, JPEG2000):
            self._check_size(index, *jpeg2000_size(data))
        if self._compression == JPEG and self._samples == 3 and self._photometric in (RGB, YCBCR):
            # by the tag alone, as libtiff has it: what the stream says of its colours is often wrong
            colours = LIBJPEG[self._photometric]
            return np.asarray(
                imagecodecs.jpeg8_decode(data, tables=self._tables, colorspace=colours, outcolorspace=LIBJPEG[RGB])
            )
        pixels, _, _ = self._decode(data, plane.first + index, jpegtables=self._tables)
        return None if pixels is None else np.asarray(pixels[0])

    def _stored(self, offset: int, count: int) -> bytes | None:
        if not count:
            return None
        if offset < 8 or offset + count > self._bytes:
            raise ValueError(f"a segment at byte {offset} of {count} bytes lies outside the file of {self._bytes}")
        if count > 2 * SEGMENT:
            raise ValueError(f"a segment of {count} bytes")
        return os.pread(self._file, count, offset)

    def _rows(self, plane: Plane, index: int) -> np.ndarray:
        """Some rows of an uncompressed image that is stored in one strip."""
        top, row = index * self.high, self.wide * self._samples
        rows = min(self.high, self.height - top)
        if plane.counts[0] < self.height * row:
            raise ValueError(f"a strip of {plane.counts[0]} bytes, expected {self.height * row}")
        data = self._stored(plane.offsets[0] + top * row, rows * row)
        return np.frombuffer(data or b"", np.uint8).reshape(rows, self.wide, self._samples)

    def _check_size(self, index: int, high: int, wide: int, samples: int) -> None:
        """What is in the stream is a whole segment, or one cut at the image's border."""
        rest = self.width - index % self.across * self.wide, self.height - index // self.across * self.high
        fits = wide in (self.wide, min(self.wide, rest[0])) and high in (self.high, min(self.high, rest[1]))
        if not fits or samples != self._samples:
            expected = f"{self.wide} x {self.high} in {self._samples}"
            raise ValueError(f"a segment of {wide} x {high} px in {samples} channels, expected {expected}")


def check_layout(path: Path, page: tifffile.TiffPage) -> tuple[int, int, int, int]:
    """Width and height of a page and of its segments in pixels; raises SlideError where they are absurd."""
    width, height = page.imagewidth, page.imagelength
    check_size(path, width, height)
    wide, high = (page.tilewidth, page.tilelength) if page.is_tiled else (width, page.rowsperstrip)
    if min(wide, high, page.samplesperpixel) < 1:
        raise damaged(path, f"segments of {wide} x {high} px in {page.samplesperpixel} channels")
    size = wide * high * max(3, page.samplesperpixel)
    if size > SEGMENT and not _is_whole_strip(page):
        found = f"segments of {wide} x {high} px, expected at most {SEGMENT >> 20} MB each"
        raise SlideError(found, where=str(path), fix="export it as tiled TIFF")
    return width, height, wide, high


def _is_whole_strip(page: tifffile.TiffPage) -> bool:
    plain = page.compression == NONE and page.predictor == 1 and page.fillorder == 1
    return bool(plain and not page.is_tiled and page.rowsperstrip >= page.imagelength and page.dtype == np.uint8)
