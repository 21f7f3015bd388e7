"""What is cut from one image of a slide."""

import math
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.core.slides.area import box_means
from pipeline.core.slides.label_source import Frame
from pipeline.core.slides.region import Region
from pipeline.tile.annotations import slide_regions
from pipeline.tile.classes import inside, label_tiles
from pipeline.tile.contours import Polygons, trace
from pipeline.tile.coordinates import given_grid
from pipeline.tile.grid import Grid
from pipeline.tile.partner import PartnerTiles, check_size
from pipeline.tile.request import Request
from pipeline.tile.stage import stage
from pipeline.tile.thumbnail import LONGEST, MOST, View, coarser, draw_tiles
from pipeline.tile.tissue import MASK_PIXELS, MASK_UM, tissue_mask

MASK_CELLS = 8  # pixels of the tissue mask along a tile's side, at least


@dataclass(frozen=True)
class ImageTiles:
    """Tiles to be cut from one image.

    Args:
        path: The image.
        mpp: µm per level-0 pixel.
        width: Of the image, level-0 pixels.
        height: Of the image, level-0 pixels.
        grid: The tiles.
        tissue: float32 (tile,), share of each that is tissue.
        label: int16 (tile,), index into ``names`` or -1; None where nothing says.
        names: Class names.
        outline: Contours of its tissue in level-0 pixels; None where it has no mask, or enough images are shown.
        picture: The image with outline and tiles drawn in; None where enough images are shown.
    """

    path: Path
    mpp: float
    width: int
    height: int
    grid: Grid
    tissue: np.ndarray
    label: np.ndarray | None
    names: list[str]
    outline: Polygons | None
    picture: Image.Image | None

    @property
    def frame(self) -> Frame:
        """The image as one that another may be registered to."""
        return Frame(self.mpp, (self.width, self.height))


def find_tiles(request: Request, path: Path, partner: PartnerTiles | None, *, place: int, images: int) -> ImageTiles:
    """Opens an image and decides which tiles are cut from it.

    Args:
        request: The slide, and what is asked of its tiles.
        path: The image.
        partner: The tiles of the image that it is registered to, which are taken as they are.
        place: Of the image among those of the slide.
        images: Of the slide.

    Raises:
        UnfitError: The image cannot be used.
    """
    slide, view = request.slide, None
    with closing(request.open(path, partner.frame if partner else None)) as region:
        width, height = region.width, region.height
        shown = max(1.0, max(width, height) / LONGEST) if place < MOST else None  # level-0 pixels per picture's pixel
        with stage("annotations"):
            regions = slide_regions(slide.annotations, images=images)
        if partner:
            with stage("partner"):
                if region.labels:
                    check_size(partner.frame, mpp=region.mpp, width=width, height=height, where=str(path))
                grid, tissue = partner.grid(region, request.um), partner.tissue
        else:
            grid = find_grid(request, region, images=images)
            tissue, keep = np.ones(len(grid.xy), np.float32), np.ones(len(grid.xy), bool)
            if not request.everywhere and len(grid.xy):
                with stage("tissue"):
                    scale = mask_scale(request, region)
                    seen = min(scale, shown or scale)  # read once for mask and picture
                    tissue, mask, overview = find_tissue(request, region, grid, scale=scale, seen=seen)
                    keep, view = request.wanted(tissue), View(overview, seen, trace(mask, scale)) if shown else None
            with stage("annotations"):
                where = slide.annotations or slide.path
                keep[keep] = inside(regions, grid.kept(keep), request, width=width, height=height, where=where)
            grid, tissue = grid.kept(keep), tissue[keep]
        with stage("annotations"):
            names, label = label_tiles(request, regions, grid, width=width, height=height, place=place, images=images)
        picture = None
        if shown:
            with stage("thumbnail"):
                view = view or View(region.overview(shown), shown, None)
                picture = draw_tiles(view, grid.boxes())
        outline = view.outline if view else None
        return ImageTiles(path, region.mpp, width, height, grid, tissue, label, names, outline, picture)


def find_grid(request: Request, region: Region, *, images: int) -> Grid:
    """The tiles that another tool chose, else all of the study's own grid; of a slide of one image, any at all.

    Raises:
        UnfitError: There are none, or the given ones do not fit.
    """
    if request.coordinates:
        with stage("coordinates"):
            return given_grid(request, region, images=images)
    width, height, mpp = region.width, region.height, region.mpp
    grid = request.own_grid(width=width, height=height, mpp=mpp)
    if images == 1:
        with stage("tissue"):
            request.check_room(grid, width=width, height=height, mpp=mpp, where=str(region.path))
    return grid


def mask_scale(request: Request, region: Region) -> float:
    """Level-0 pixels per pixel of the tissue mask."""
    fine = min(MASK_UM, request.um / MASK_CELLS) / region.mpp
    return max(1.0, fine, math.sqrt(region.width * region.height / MASK_PIXELS))


def find_tissue(
    request: Request, region: Region, grid: Grid, *, scale: float, seen: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Looks for tissue on an overview.

    Args:
        request: The slide, and what is asked of its tiles.
        region: The image.
        grid: Tiles.
        scale: Level-0 pixels per pixel of the mask.
        seen: Of the overview; no more than those.

    Returns:
        The share of each tile that is tissue, float32 (tile,); the mask, bool (y, x); the overview, uint8 (y, x, 3).
    """
    overview = region.overview(seen)
    mask = tissue_mask(coarser(overview, scale / seen), scale * region.mpp, pens=request.pens)
    return box_means(mask, grid.boxes(scale)).astype(np.float32), mask, overview
