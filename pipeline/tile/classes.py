"""Which annotated regions tiles lie in, and which class that makes them."""

import numpy as np
from skimage.draw import polygon

from pipeline.core.errors import SlideError
from pipeline.core.slides.area import box_means
from pipeline.core.slides.outlines import Rings
from pipeline.tile.annotations import Regions, image_names, is_named
from pipeline.tile.grid import Grid
from pipeline.tile.request import Request

NONE = -1
FINENESS = 16  # pixels of the label map along a tile's side,
PIXELS = 1 << 24  # unless that makes more of them than this


def inside(regions: Regions, grid: Grid, request: Request, *, width: int, height: int, where: str) -> np.ndarray:
    """Whether tiles lie in regions of the classes that the study asks for: bool (tile,); all where it asks for none.

    Args:
        regions: Of the slide.
        grid: The tiles.
        request: Names the classes, and the least share of a tile that they must cover together.
        width: Of the image, level-0 pixels.
        height: Of the image, level-0 pixels.
        where: File to name in the error.

    Raises:
        SlideError: The slide has no such region, or none that holds a tile.
    """
    if not request.within or not len(grid.xy):
        return np.ones(len(grid.xy), bool)
    found = [regions[name] for name in request.within if name in regions]
    share = share_within(found, grid, width=width, height=height)
    kept = (share >= request.min_label) & (share > 0)
    if not np.any(kept):
        classes = " or ".join(map(repr, request.within))
        problem = f"no region of class {classes}; it has {', '.join(regions) or 'none'}"
        if found:
            problem = f"no tile with tissue lies by {request.min_label:.0%} in a region of class {classes}"
        fix = "annotate such regions in QuPath, fill the column 'annotations', or empty tile.within"
        raise SlideError(problem, where=where, fix=fix)
    return np.asarray(kept)


def label_tiles(
    request: Request, regions: Regions, grid: Grid, *, width: int, height: int, place: int, images: int
) -> tuple[list[str], np.ndarray | None]:
    """Class names and int16 (tile,), index into them or -1: what is annotated, else the slide's own label; else None.

    Args:
        request: The slide.
        regions: That are annotated in it.
        grid: The tiles.
        width: Of the image, level-0 pixels.
        height: Of the image, level-0 pixels.
        place: Of the image among those of the slide.
        images: Of the slide.

    Raises:
        SlideError: Its images have no names.
    """
    if is_named(request.slide.annotations):
        own = image_names(request.slide.annotations, images=images)
        names = sorted(set(own))
        return names, np.full(len(grid.xy), names.index(own[place]), np.int16)
    if request.slide.annotations:
        return tile_labels(regions, grid, width=width, height=height, min_label=request.min_label)
    if request.slide.label:
        return [request.slide.label], np.zeros(len(grid.xy), np.int16)
    return [], None


def tile_labels(
    regions: Regions, grid: Grid, *, width: int, height: int, min_label: float
) -> tuple[list[str], np.ndarray]:
    """Gives each tile the class that covers most of it.

    Args:
        regions: Of the slide.
        grid: The tiles.
        width: Of the image, level-0 pixels.
        height: Of the image, level-0 pixels.
        min_label: Least share of the tile that the class must cover.

    Returns:
        Class names, sorted, and int16 (tile,): index into them, -1 where no class covers enough.
    """
    names = sorted(regions)
    shares = np.zeros((len(names) + 1, len(grid.xy)))  # the last row keeps argmax defined where there is no class
    for row, name in enumerate(names):
        shares[row] = share_within([regions[name]], grid, width=width, height=height)
    best = shares.argmax(0)
    share = np.take_along_axis(shares, best[None], 0)[0]
    return names, np.where((share >= min_label) & (share > 0), best, NONE).astype(np.int16)


def share_within(classes: list[list[Rings]], grid: Grid, *, width: int, height: int) -> np.ndarray:
    """The share of each tile that lies within regions of any of these classes: float64 (tile,).

    Args:
        classes: Polygons of each.
        grid: The tiles.
        width: Of the image, level-0 pixels.
        height: Of the image, level-0 pixels.
    """
    scale = max(1.0, grid.side / FINENESS, (width * height / PIXELS) ** 0.5)
    shape = (int(np.ceil(height / scale)), int(np.ceil(width / scale)))
    return box_means(_filled([rings for polygons in classes for rings in polygons], shape, scale), grid.boxes(scale))


def _filled(polygons: list[Rings], shape: tuple[int, int], scale: float) -> np.ndarray:
    """Pixels whose centre lies in a polygon and in none of its holes: bool of ``shape``."""
    total = np.zeros(shape, bool)
    for outline, *holes in polygons:
        mask = np.zeros(shape, bool)
        for ring, value in ((outline, True), *((hole, False) for hole in holes)):
            rows, columns = polygon(ring[:, 1] / scale - 0.5, ring[:, 0] / scale - 0.5, shape)
            mask[rows, columns] = value
        total |= mask
    return total
