"""Tiles that another tool chose: coordinates as TRIDENT and CLAM write them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from rich.markup import escape

from pipeline.core.console import console
from pipeline.core.errors import SlideError
from pipeline.core.slides.base import decoding
from pipeline.core.slides.region import Region
from pipeline.tile.grid import Grid
from pipeline.tile.request import Request

MOST = 10_000_000  # tiles of a slide
AGREE = 0.01  # of the side of a tile, by which it may differ
NUMBERS = ("patch_size_level0", "level0_width", "level0_height", "patch_size", "patch_level", "downsample", "level_dim")


@dataclass(frozen=True)
class Coordinates:
    """Tiles of one slide as a file holds them.

    Args:
        xy: int64 (tile, 2), top-left corners in level-0 pixels, in the file's order.
        side_level0: Side of a tile, level-0 pixels.
        level0: Width and height of their slide, level-0 pixels; None where the file does not say.
    """

    xy: np.ndarray
    side_level0: float
    level0: tuple[int, int] | None


def read_coordinates(path: Path) -> Coordinates:
    """Reads the data set ``coords`` of an HDF5 file by TRIDENT or CLAM; the file need not be trusted.

    Sources: ``coords_to_h5`` in trident/IO.py of mahmoodlab/TRIDENT; ``process_contour`` in
    wsi_core/WholeSlideImage.py of mahmoodlab/CLAM.

    Raises:
        SlideError: The file is damaged, or holds no such coordinates.
    """
    with decoding(path, "read the coordinates"), h5py.File(path, "r", locking=False) as file:
        data = _coords(file, path)
        numbers = {name: _numbers(data, name, path) for name in NUMBERS if name in data.attrs}
        xy = np.asarray(data[:], np.int64)
    return Coordinates(xy, *_tile_and_slide(numbers, path))


def given_grid(request: Request, region: Region, *, images: int) -> Grid:
    """The tiles of a slide that another tool chose.

    Tiles that hang over the right or lower edge, which TRIDENT and CLAM fill up, are left out; the console says so.

    Args:
        request: The slide, and what is asked of its tiles.
        region: Its image, opened.
        images: Of the slide; coordinates are of one.

    Raises:
        SlideError: There are none, they are of another slide, or of tiles of another size.
    """
    name, path = request.slide.slide_id, request.given
    if path is None:
        fix = f"put {name}_patches.h5 (TRIDENT) or {name}.h5 (CLAM) there, or leave the slide out"
        raise SlideError("no coordinates of this slide", where=request.coordinates, fix=fix)
    if images > 1:
        fix = "give each image a row of the sheet, or empty tile.coordinates"
        raise SlideError(f"coordinates of one image for a slide of {images}", where=str(path), fix=fix)
    found, size = read_coordinates(path), (region.width, region.height)
    if found.level0 not in (None, size):
        raise SlideError(
            f"they are of a slide of {found.level0} px, this one has {size}",
            where=str(path),
            fix="take the coordinates of this very file",
        )
    side = request.um / region.mpp
    if abs(found.side_level0 - side) > max(AGREE * side, 0.5):  # files hold whole pixels
        raise SlideError(
            f"its tiles are {found.side_level0:g} level-0 px wide, those of the study {side:g} "
            f"({request.size} px of {request.mpp:g} µm on a slide of {region.mpp:g} µm/px)",
            where=str(path),
            fix=f"set tile.mpp to {found.side_level0 * region.mpp / request.size:.6g}, or make the coordinates anew",
        )
    if np.any(found.xy < 0) or np.any(found.xy >= size):
        fix = "take the coordinates of this very file, in pixels of its finest level"
        raise SlideError(f"coordinates beyond the slide of {size} px", where=str(path), fix=fix)
    within = np.all(found.xy + side <= np.array(size) + 1e-6, axis=1)
    if not within.any():
        raise SlideError("no tile lies within the slide", where=str(path), fix="make the coordinates anew")
    if not within.all():
        left_out = np.count_nonzero(~within)
        console.print(f"{escape(name)}: {left_out} of {len(within)} given tiles hang over the edge and are left out")
    return Grid(side, found.xy[within])


def _coords(file: h5py.File, path: Path) -> h5py.Dataset:
    """The data set, where it is plain: whole numbers, of bounded size, and in this file, not drawn from another."""
    if not isinstance(file.get("coords", getlink=True), h5py.HardLink) or not isinstance(file["coords"], h5py.Dataset):
        raise _foreign(path, "no such data set of its own")
    data = file["coords"]
    if data.is_virtual or data.external:
        raise _foreign(path, "values that lie in other files")
    if data.dtype.kind not in "iu" or data.ndim != 2 or data.shape[1] != 2:
        raise _foreign(path, f"{data.dtype} {data.shape}")
    if max(data.size, np.prod(data.chunks or (1,), dtype=float)) > 2 * MOST:  # a chunk is held as a whole
        raise _foreign(path, f"{len(data)} tiles in chunks of {data.chunks}, more than {MOST}")
    return data


def _numbers(data: h5py.Dataset, name: str, path: Path) -> list[float]:
    """An attribute of one or two numbers."""
    kind = data.attrs.get_id(name)
    if kind.dtype.kind not in "iuf" or kind.shape not in ((), (1,), (2,)):
        raise _foreign(path, f"attribute {name!r} of {kind.dtype} {kind.shape}")
    return [float(value) for value in np.ravel(data.attrs[name])]


def _tile_and_slide(numbers: Mapping[str, list[float]], path: Path) -> tuple[float, tuple[int, int] | None]:
    """Side of a tile and size of the slide, level-0 pixels."""
    size = None
    try:
        if "patch_size_level0" in numbers:  # TRIDENT; its older versions leave the slide's size out
            side = numbers["patch_size_level0"][0]
            if "level0_width" in numbers:
                size = (int(numbers["level0_width"][0]), int(numbers["level0_height"][0]))
        else:  # CLAM: patch_size and level_dim are in pixels of the level that it reads
            side = numbers["patch_size"][0] * numbers["downsample"][0]
            if numbers["patch_level"] == [0] and "level_dim" in numbers:
                size = (int(numbers["level_dim"][0]), int(numbers["level_dim"][-1]))
    except (KeyError, ValueError, OverflowError):
        raise _foreign(path, f"the attributes {', '.join(numbers) or 'of neither'}") from None
    if not 0 < side < np.inf:
        raise _foreign(path, f"tiles of {side:g} px")
    return side, size


def _foreign(path: Path, found: str) -> SlideError:
    expected = f"'coords' of whole numbers (tile, 2), at most {MOST} tiles, with TRIDENT's or CLAM's attributes"
    return SlideError(f"expected {expected}; found {found}", where=str(path), fix="write it anew with TRIDENT or CLAM")
