"""What is to be cut from each image of a slide: by its own tissue, or by its partner's grid."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.core.errors import SlideError
from pipeline.core.files import Json
from pipeline.core.slides.area import box_means
from pipeline.core.slides.region import ENLARGE, Region
from pipeline.study.sheet import Slide
from pipeline.tile.annotated import Annotated
from pipeline.tile.contours import Polygons, trace
from pipeline.tile.coordinates import given_grid
from pipeline.tile.grid import Grid, make_grid
from pipeline.tile.partner import partner_grid, partner_tiles
from pipeline.tile.thumbnail import LONGEST, MOST, View, coarser, draw_tiles
from pipeline.tile.tissue import MASK_PIXELS, MASK_UM, tissue_mask

MASK_CELLS = 8  # pixels of the tissue mask along a tile's side, at least


@dataclass(frozen=True)
class Cut:
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
        tissue_outline: Contours of its tissue in level-0 pixels; None where it has no mask, or enough are shown.
        picture: The image with outline and tiles drawn in; None where enough are shown.
    """

    path: Path
    mpp: float
    width: int
    height: int
    grid: Grid
    tissue: np.ndarray
    label: np.ndarray | None
    names: list[str]
    tissue_outline: Polygons | None
    picture: Image.Image | None


class Cutter:
    """Decides what is cut from the images of one slide.

    Args:
        slide: The slide.
        spec: The ``tile`` section of the study: mpp, size, stride, shares, within, pens, channels,
            coordinates.
    """

    def __init__(self, slide: Slide, spec: Json) -> None:
        self.slide, self.spec = slide, spec
        self.files = slide.images()
        self.annotated = Annotated(slide, spec, images=len(self.files))
        self.tile_um: float = spec["size"] * spec["mpp"]
        self.channels: list[int] | None = spec["channels"].get(slide.stain)
        self.stage = "open"  # what is being done, for whoever reports a failure

    def open(self, path: Path) -> Region:
        """Opens an image; raises SlideError where it cannot give tiles as fine as the study asks for."""
        self.stage = "open"
        region = Region(path, mpp=self.slide.mpp, channels=self.channels)
        if region.mpp > self.spec["mpp"] * ENLARGE:
            region.close()
            raise SlideError(
                f"the slide has {region.mpp:g} µm/px, the study asks for {self.spec['mpp']:g}",
                where=str(path),
                fix=f"set tile.mpp to {region.mpp:g} or more, or leave the slide out",
            )
        return region

    def by_tissue(self) -> list[Cut]:
        """Cuts with tissue enough; raises SlideError where there is none, or an image cannot be used."""
        cuts = [self._by_tissue(path, place) for place, path in enumerate(self.files)]
        if not any(len(cut.grid.xy) for cut in cuts):
            self.stage = "tissue"
            least, most = self.spec["min_tissue"], self.spec["max_tissue"]
            raise SlideError(
                f"no tissue: no tile of {self.tile_um:g} µm holds {least:.0%} of it"
                + (f" and {most:.0%} at most" if most < 1 else ""),
                where=self.slide.path,
                fix="look at the slide; lower tile.min_tissue, raise tile.max_tissue, or make tiles smaller",
            )
        return cuts

    def _by_tissue(self, path: Path, place: int) -> Cut:
        region = self.open(path)
        grid = self.grid(region)
        self.stage = "tissue"
        if not len(grid.xy) and len(self.files) == 1:
            wide, high = region.width * region.mpp, region.height * region.mpp
            region.close()
            raise SlideError(
                f"the image of {wide:.4g} x {high:.4g} µm is smaller than a tile of {self.tile_um:g} µm",
                where=str(path),
                fix="make tiles smaller (tile.size, tile.mpp), or leave the slide out",
            )
        tissue, keep, view = np.ones(len(grid.xy), np.float32), np.ones(len(grid.xy), bool), None
        if self.channels is None and len(grid.xy):
            scale = self.mask_scale(region)
            seen = min(scale, _shown(region)) if place < MOST else scale  # read once for mask and picture
            overview = region.overview(seen)
            mask = tissue_mask(coarser(overview, scale / seen), scale * region.mpp, pens=self.spec["pens"])
            tissue = box_means(mask, grid.boxes(scale)).astype(np.float32)
            keep = self.wanted(tissue)
            view = View(overview, seen, trace(mask, scale)) if place < MOST else None
        self.stage = "annotations"
        keep[keep] = self.annotated.inside(Grid(grid.side, grid.xy[keep]), width=region.width, height=region.height)
        self.stage = "tissue"
        return self._cut(region, Grid(grid.side, grid.xy[keep]), tissue[keep], place, view)

    def grid(self, region: Region) -> Grid:
        """The tiles that another tool chose, else all of the study's own grid."""
        if self.spec["coordinates"]:
            self.stage = "coordinates"
            return given_grid(self.slide, region, self.spec)
        side, stride = self.tile_um / region.mpp, self.spec["stride"] * self.spec["mpp"] / region.mpp
        return make_grid(width=region.width, height=region.height, side=side, stride=stride)

    def mask_scale(self, region: Region) -> float:
        """Level-0 pixels per pixel of the tissue mask."""
        fine = min(MASK_UM, self.tile_um / MASK_CELLS) / region.mpp
        return max(1.0, fine, math.sqrt(region.width * region.height / MASK_PIXELS))

    def wanted(self, tissue: np.ndarray) -> np.ndarray:
        """Which tiles hold tissue enough and not too much, bool (tile,); all of those that another tool chose.

        Args:
            tissue: float32 (tile,): the last digits of a double would make full tiles more than full.
        """
        if self.spec["coordinates"]:
            return np.ones(len(tissue), bool)
        return np.asarray((tissue >= self.spec["min_tissue"]) & (tissue <= self.spec["max_tissue"]))

    def by_partner(self, partner: Json) -> list[Cut]:
        """The partner's tiles, row by row; raises SlideError where they cannot be cut from this slide.

        Args:
            partner: The partner's manifest.
        """
        self.stage = "partner"
        tiles, cuts = partner_tiles(partner, self.slide, len(self.files)), []
        for place, (path, (corners, tissue)) in enumerate(zip(self.files, tiles, strict=True)):
            region = self.open(path)
            self.stage = "partner"
            grid = partner_grid(corners, region, mpp=partner["level0"]["mpp"], tile_um=self.tile_um)
            cuts.append(self._cut(region, grid, tissue, place))
        return cuts

    def _cut(self, region: Region, grid: Grid, tissue: np.ndarray, place: int, view: View | None = None) -> Cut:
        outline, picture = view.outline if view else None, None
        if place < MOST:
            view = view or View(region.overview(_shown(region)), _shown(region), [])
            picture = draw_tiles(view, grid.boxes())
        region.close()
        self.stage = "annotations"
        names, label = self.annotated.labels(grid, width=region.width, height=region.height)
        size = (region.width, region.height)
        return Cut(region.path, region.mpp, *size, grid, tissue, label, names, outline, picture)


def _shown(region: Region) -> float:
    """Level-0 pixels per pixel of a thumbnail."""
    return max(1.0, max(region.width, region.height) / LONGEST)
