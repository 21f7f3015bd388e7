"""Which pages of a TIFF file are the levels of its image, and what of it can be shown as 8-bit RGB."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tifffile

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import WHITE, damaged
from pipeline.core.slides.colours import RGB, WHITE_IS_ZERO, YCBCR, Colours, check_kind, find_colours, pick_channels
from pipeline.core.slides.segments import CODECS, JPEG, JPEG2000, Plane, check_layout

PAGES = 10_000  # of a file, at most

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # what matters of it becomes a SlideError


@dataclass(frozen=True)
class Layout:
    """The levels of an image, finest first, each with the page that says how it is coded.

    Args:
        levels: Page and planes of each.
        colours: From its samples to RGB.
        fill: Value of what was never written.
    """

    levels: list[tuple[tifffile.TiffPage, list[Plane]]]
    colours: Colours
    fill: int


def find_pages(path: Path, file: tifffile.TiffFile) -> list[tifffile.TiffPage]:
    """The pages of a file; raises SlideError where they run in a circle or contradict themselves."""
    pages: list[tifffile.TiffPage] = []
    seen: set[int] = set()
    while True:
        try:
            page = file.pages[len(pages)]
        except IndexError:
            break
        if not isinstance(page, tifffile.TiffPage):  # pages differ in all that matters here
            page = page.aspage()
        if page.offset in seen or len(seen) >= PAGES:
            raise damaged(path, "its pages run in a circle" if page.offset in seen else f"more than {PAGES} pages")
        seen.add(page.offset)
        pages.append(page)
        if page.is_tiled or len(pages) == 1:
            check_layout(path, page)
    if not pages:
        raise damaged(path, "it has no pages")
    return pages


def same_as_openslide(
    path: Path, pages: list[tifffile.TiffPage], sizes: list[tuple[int, int]], vendor: str
) -> Layout | None:
    """The pages that are the levels OpenSlide found; None where their pixels may not be the same.

    Raises:
        SlideError: Nothing says which samples are colours, or there are several images of full size.
    """
    colours = _colours(path, pages[0], pages[0].samplesperpixel, None)
    levels: list[tuple[tifffile.TiffPage, list[Plane]]] = []
    for size in sizes:
        found = [page for page in pages if page.is_tiled and (page.imagewidth, page.imagelength) == size]
        if len(found) > 1 and not levels:
            raise SlideError(f"{len(found)} images of one size", where=str(path), fix="export one plane of the stack")
        if len(found) != 1 or not _is_same(found[0], pages[0]):
            return None
        if vendor == "aperio" and 0 in found[0].databytecounts:  # OpenSlide draws one level from another then
            return None
        levels.append((found[0], _planes(found[0], found[0])))
    return Layout(levels, colours, WHITE)


def _is_same(page: tifffile.TiffPage, first: tifffile.TiffPage) -> bool:
    """Whether a page has a codec and colours that OpenSlide decodes to the same pixels."""
    photometric, samples = int(page.photometric), page.samplesperpixel
    like_first = (photometric == WHITE_IS_ZERO) == (int(first.photometric) == WHITE_IS_ZERO)
    plain = page.dtype == np.uint8 and not page.extrasamples and samples == first.samplesperpixel
    known = int(page.compression) in CODECS and int(page.compression) != JPEG2000
    colours = (photometric == RGB and samples == 3) or (photometric in (WHITE_IS_ZERO, 1) and samples == 1)
    jpeg = page.compression == JPEG and page.planarconfig == 1 and photometric == YCBCR and samples == 3
    return bool(like_first and plain and known and (colours or jpeg) and page.tags.valueof(274, 1) in (0, 1))


def by_series(path: Path, file: tifffile.TiffFile, channels: list[int] | None) -> Layout:
    """The levels of the first image as tifffile finds them.

    Raises:
        SlideError: It is no single plane of 8-bit samples in known codecs and in this file alone.
    """
    series = file.series[0]
    axes = series.axes.replace("I", "C").replace("Q", "C")
    if axes not in ("YX", "YXS", "SYX", "CYX"):
        raise SlideError(
            f"an image of one plane expected, found axes {series.axes} {series.shape}",
            where=str(path),
            fix="export one plane as 8-bit RGB TIFF",
        )
    first = series.keyframe
    levels = []
    for level in series.levels:
        pages = list(level)
        here = [page for page in pages if page is not None and page.parent is file]
        if len(here) < len(pages) or "BinaryOnly" in first.description:
            raise SlideError("its planes lie in several files", where=str(path), fix="export it as one file")
        key = level.keyframe
        check_kind(path, key, named=channels is not None)
        ycbcr = int(key.photometric) == YCBCR and (key.compression != JPEG or key.planarconfig != 1)
        if int(key.compression) not in CODECS or ycbcr:
            name = getattr(key.compression, "name", key.compression)
            raise SlideError(f"TIFF compression {name}", where=str(path), fix="export it with JPEG or deflate")
        planes = [plane for page in here for plane in _planes(page, key)]
        if level.shape[axes.index("Y")] != key.imagelength or (key.samplesperpixel > 1 and len(pages) > 1):
            raise damaged(path, f"its description gives a shape of {level.shape}, its pages {key.shape}")
        levels.append((key, planes))
    samples = first.samplesperpixel if axes != "CYX" else len(levels[0][1])
    return Layout(levels, _colours(path, first, samples, channels), WHITE if channels is None else 0)


def _colours(path: Path, page: tifffile.TiffPage, samples: int, channels: list[int] | None) -> Colours:
    if channels is not None:
        return pick_channels(path, channels, samples)
    extra = tuple(map(int, page.extrasamples))
    return find_colours(path, int(page.photometric), samples, extra)


def _planes(page: tifffile.TiffPage | tifffile.TiffFrame, key: tifffile.TiffPage) -> list[Plane]:
    """Planes of a page: one, or one for each sample where they are stored apart."""
    offsets, counts = page.dataoffsets, page.databytecounts
    apart = 1 if key.planarconfig == 1 else key.samplesperpixel
    size = max(1, len(offsets) // apart)
    starts = range(0, size * apart, size)
    return [Plane(offsets[start : start + size], counts[start : start + size], start) for start in starts]
