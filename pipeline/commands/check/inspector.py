"""Inspects one slide before a long run: whether it can be tiled, and about how many tiles it gives."""

from contextlib import closing
from dataclasses import replace
from time import perf_counter

import numpy as np

from pipeline.commands.check.inspection import ImageInspection, Inspection
from pipeline.core.slides.label_source import Frame
from pipeline.core.slides.region import Region
from pipeline.tile.annotations import slide_regions
from pipeline.tile.classes import inside
from pipeline.tile.grid import Grid
from pipeline.tile.image import find_grid, find_tissue, mask_scale
from pipeline.tile.request import Request
from pipeline.tile.stage import UnfitError, stage
from pipeline.tile.tiles import find_images

SAMPLES = 5  # tiles cut from an image
PLACES = ((0.0, 0.0), (1.0, 0.0), (0.5, 0.5), (0.0, 1.0), (1.0, 1.0))  # corners and centre, as shares of the way
MASK = 512  # pixels of the mask along the longer side: enough to count tiles with tissue
CHEAP = 1 << 24  # pixels of a level that may be read whole for that


def inspect_slide(task: tuple[Request, bool]) -> Inspection:
    """Opens every image of a slide, decodes sample tiles of each level, and counts the tiles.

    Args:
        task: The slide and what is asked of its tiles; and whether the sample is to be handed back.
    """
    request, keep = task
    images: list[ImageInspection] = []
    samples: list[np.ndarray] = []
    cut, seconds = 0, 0.0
    try:
        paths = request.images()
        for path in paths:
            # labels of a registered image have its resolution, which is not known yet
            frame = Frame(request.mpp, None) if request.slide.paired_with else None
            with closing(request.open(path, frame)) as region:
                image, grid = _inspect_image(request, region, images=len(paths))
                start = perf_counter()
                tiles = _cut(request, region, grid)
                seconds += perf_counter() - start
            images.append(image)
            cut += len(tiles)
            samples += tiles[: SAMPLES - len(samples)]
        count, counted = sum(image.tiles for image in images), all(image.counted for image in images)
        if not count and not request.slide.paired_with:  # a finer mask may find tissue; else it fails as tiling does
            count, counted = sum(len(image.grid.xy) for image in find_images(request, None)), True
    except UnfitError as error:
        return Inspection(**error.facts())
    sample = np.stack(samples) if keep and samples else None
    return Inspection(tuple(images), count, counted, cut, seconds, sample)


def _inspect_image(request: Request, region: Region, *, images: int) -> tuple[ImageInspection, Grid]:
    """Decodes every level; returns what was found and the tiles with tissue."""
    slide, width, height, mpp = request.slide, region.width, region.height, region.mpp
    with stage("tiles"):
        for down in region.downsamples:
            _decode(region, down, request.size)
    with stage("annotations"):
        regions = slide_regions(slide.annotations, images=images)
    if slide.paired_with:
        grid = request.own_grid(width=width, height=height, mpp=mpp)
    else:
        grid = find_grid(request, region, images=images)
    grid, counted = _with_tissue(request, region, grid)
    if not slide.paired_with:
        with stage("annotations"):
            where = slide.annotations or slide.path
            grid = grid.kept(inside(regions, grid, request, width=width, height=height, where=where))
    # the mask is coarse: what it says of the border may be off by a tile and two of its pixels
    slack = 2 * max(1.0, max(width, height) / MASK)
    x, y = (grid.xy.max(0) - slack) * mpp if counted and len(grid.xy) else (0.0, 0.0)
    reach, levels = (float(x), float(y)), len(region.downsamples)
    found = ImageInspection(str(region.path), mpp, width, height, levels, len(grid.xy), counted, reach)
    if region.labels:
        found = replace(found, sized=region.labels.sized, begins=region.labels.begins)
    return found, grid


def _decode(region: Region, down: float, size: int) -> None:
    """Boxes of a level at its own resolution."""
    pixels = max(1, min(size, int(min(region.width, region.height) / down)))
    side = pixels * down
    for across, along in PLACES:
        region.box(across * max(0.0, region.width - side), along * max(0.0, region.height - side), side, pixels)


def _with_tissue(request: Request, region: Region, grid: Grid) -> tuple[Grid, bool]:
    """The tiles with tissue, by a coarser mask than tiling makes, and whether a level was small enough to make it."""
    if request.everywhere or not len(grid.xy):
        return grid, True
    scale = max(mask_scale(request, region), max(region.width, region.height) / MASK)
    down = region.downsamples[region.level_for(scale)]
    if region.width * region.height / down**2 > CHEAP:
        return grid, False
    with stage("tissue"):
        tissue, _, _ = find_tissue(request, region, grid, scale=scale, seen=scale)
        return grid.kept(request.wanted(tissue)), True


def _cut(request: Request, region: Region, grid: Grid) -> list[np.ndarray]:
    """Tiles as the study wants them, from all over the image: uint8 (size, size, 3) each."""
    chosen = np.unique(np.linspace(0, len(grid.xy) - 1, min(SAMPLES, len(grid.xy))).astype(int))
    with stage("tiles"):
        return [region.box(x, y, grid.side, request.size) for x, y in grid.xy[chosen].tolist()]
