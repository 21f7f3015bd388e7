"""Tiles decoded by one thread, against OpenSlide's ``read_region``; the pixels must be the same."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openslide

from pipeline.core.slides.region import Region

from .race import Race, race
from .slides import make_slide

SIDE = 8192
CASES = (("aligned", 256, 256, 5.0), ("overlapping", 224, 192, 3.0))


def races(folder: Path) -> Iterator[Race]:
    """Both file kinds, aligned and overlapping tiles."""
    for aperio in (False, True):
        path = make_slide(folder, side=SIDE, aperio=aperio)
        for name, size, stride, aim in CASES:
            corners = [(x, y) for y in range(0, SIDE - size + 1, stride) for x in range(0, SIDE - size + 1, stride)]
            _compare(path, corners, size)
            yield race(
                f"decode {'SVS' if aperio else 'TIFF'}, {size} px, stride {stride}, one core, {name}",
                lambda path=path, corners=corners, size=size: _ours(path, corners, size),  # type: ignore[misc]
                lambda path=path, corners=corners, size=size: _openslide(path, corners, size),  # type: ignore[misc]
                against="OpenSlide read_region to an RGB array",
                unit="tiles/s",
                aim=aim,
                note=f"pixels of all {len(corners)} tiles identical",
            )


def _ours(path: Path, corners: list[tuple[int, int]], size: int) -> int:
    region = Region(path)
    for x, y in corners:
        region.box(x, y, size, size)
    region.close()
    return len(corners)


def _openslide(path: Path, corners: list[tuple[int, int]], size: int) -> int:
    with openslide.OpenSlide(path) as slide:
        for corner in corners:
            _rgb(slide, corner, size)
    return len(corners)


def _rgb(slide: openslide.OpenSlide, corner: tuple[int, int], size: int) -> np.ndarray:
    return np.asarray(slide.read_region(corner, 0, (size, size)).convert("RGB"))


def _compare(path: Path, corners: list[tuple[int, int]], size: int) -> None:
    region = Region(path)
    with openslide.OpenSlide(path) as slide:
        for x, y in corners:
            if not np.array_equal(region.box(x, y, size, size), _rgb(slide, (x, y), size)):
                raise AssertionError(f"other pixels than OpenSlide's at {x}, {y} of {path}")
    region.close()
