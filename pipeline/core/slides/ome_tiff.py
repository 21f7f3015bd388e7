"""Pyramidal OME-TIFF, written from top to bottom."""

import struct
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from tempfile import TemporaryFile

import tifffile

from pipeline.core.files import PARTIAL, aside, remove
from pipeline.core.slides.cascade import TILE, Cascade, Row, Spool, level_sizes
from pipeline.core.slides.packing import Packing

PER_CM = 10_000  # µm
ENTRY = 20  # bytes of an entry in a directory of BigTIFF, whose count of entries has 8
XML = """<?xml version="1.0" encoding="UTF-8"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" Creator="synpriv">
 <Image ID="Image:0" Name="{name}">
  <Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint8" BigEndian="false" Interleaved="true"
    SizeX="{width}" SizeY="{height}" SizeC="3" SizeZ="1" SizeT="1"
    PhysicalSizeX="{mpp!r}" PhysicalSizeXUnit="µm" PhysicalSizeY="{mpp!r}" PhysicalSizeYUnit="µm">
   <Channel ID="Channel:0:0" SamplesPerPixel="3"/>
   <TiffData IFD="0" PlaneCount="1"/>
  </Pixels>
  <AnnotationRef ID="Annotation:0"/>
 </Image>
 <StructuredAnnotations>
  <MapAnnotation ID="Annotation:0" Namespace="openmicroscopy.org/PyramidResolution">
   <Value>{levels}</Value>
  </MapAnnotation>
 </StructuredAnnotations>
</OME>
"""


@dataclass(frozen=True)
class Picture:
    """What a file says of its image.

    Args:
        name: Of the image.
        width: Pixels.
        height: Pixels.
        mpp: µm per pixel.
    """

    name: str
    width: int
    height: int
    mpp: float

    @property
    def levels(self) -> list[tuple[int, int]]:
        """Width and height of every level, finest first; a pixel is twice as wide on each as on the one before."""
        return level_sizes(self.width, self.height)

    def xml(self) -> str:
        """OME-XML; the coarser levels in the words that Bio-Formats has for them."""
        sizes = enumerate(self.levels[1:], start=1)
        levels = "".join(f'<M K="{level}">{width} {height}</M>' for level, (width, height) in sizes)
        return XML.format(name=escape(self.name), width=self.width, height=self.height, mpp=self.mpp, levels=levels)


def write_ome_tiff(path: Path, picture: Picture, rows: Iterable[Row], packing: Packing, threads: int) -> None:
    """Writes a tiled pyramid in BigTIFF aside and renames it; whatever happens, nothing else stays.

    Its levels are the SubIFDs of the first page, as OME-TIFF wants them, and at the same time pages of the file's main
    chain that say they are reduced, where OpenSlide looks for them.

    Args:
        path: Where to.
        picture: What is written.
        rows: Its rows of tiles from top to bottom; what is right of it or below it in a tile is not shown.
        packing: Of the tiles.
        threads: That fetch and encode tiles.
    """
    try:
        with aside(path) as partial:
            with TemporaryFile(dir=partial.parent) as kept, _threads(threads) as pool:
                spool = Spool(kept)
                cascade = Cascade(picture.levels, packing.encode, pool, spool)
                with tifffile.TiffWriter(partial, bigtiff=True, byteorder="<") as file:
                    for level in range(len(picture.levels)):
                        tiles = spool.tiles(level) if level else cascade.finest(rows)
                        _write_level(file, picture, level, tiles, packing)
            if len(picture.levels) > 1:
                _chain(partial)
    finally:
        remove(path.with_name(path.name + PARTIAL))


def _write_level(
    file: tifffile.TiffWriter, picture: Picture, level: int, tiles: Iterator[bytes], packing: Packing
) -> None:
    width, height = picture.levels[level]
    per_cm = PER_CM / (picture.mpp * 2**level)
    file.write(
        tiles,
        shape=(height, width, 3),
        dtype="uint8",
        tile=(TILE, TILE),
        resolution=(per_cm, per_cm),
        resolutionunit="CENTIMETER",
        subifds=None if level else len(picture.levels) - 1,
        subfiletype=int(level > 0),
        description=None if level else picture.xml().encode(),
        software="synpriv",
        metadata=None,
        **packing.tags(),
    )


def _chain(path: Path) -> None:
    """Makes the first SubIFD the second page; tifffile has chained the others to it."""
    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        place, (second, *_) = page.offset, page.subifds or ()
    with path.open("r+b") as raw:
        raw.seek(place)
        (entries,) = struct.unpack("<Q", raw.read(8))
        raw.seek(place + 8 + entries * ENTRY)
        raw.write(struct.pack("<Q", second))


@contextmanager
def _threads(count: int) -> Iterator[Executor]:
    """Threads that have ended when the block has, whatever was still to be done."""
    pool = ThreadPoolExecutor(count)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
