"""What is to be cut from each image of a slide: by its own tissue, or by its partner's grid."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from pipeline.core.errors import SlideError
from pipeline.core.provenance import Json, read_json
from pipeline.core.sheet import Slide
from pipeline.core.store import TileStore
from pipeline.tile.area import box_means
from pipeline.tile.grid import Grid, make_grid
from pipeline.tile.labels import read_annotations, tile_labels
from pipeline.tile.region import ENLARGE, Region
from pipeline.tile.thumbnail import LONGEST, MOST, draw_grid
from pipeline.tile.tissue import MASK_UM, tissue_mask

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
        picture: The image with its tiles drawn in; None where enough are shown.
    """

    path: Path
    mpp: float
    width: int
    height: int
    grid: Grid
    tissue: np.ndarray
    label: np.ndarray | None
    names: list[str]
    picture: Image.Image | None


class Cutter:
    """Decides what is cut from the images of one slide.

    Args:
        slide: The slide.
        spec: The ``tile`` section of the study: mpp, size, stride, min_tissue, min_label, channels.
    """

    def __init__(self, slide: Slide, spec: Json) -> None:
        self.slide, self.spec = slide, spec
        self.files = slide.images()
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
            raise SlideError(
                f"no tissue: no tile of {self.spec['size'] * self.spec['mpp']:g} µm holds "
                f"{self.spec['min_tissue']:.0%} of it",
                where=self.slide.path,
                fix="look at the slide; lower tile.min_tissue, or make tiles smaller",
            )
        return cuts

    def _by_tissue(self, path: Path, place: int) -> Cut:
        region = self.open(path)
        self.stage = "tissue"
        tile_um = self.spec["size"] * self.spec["mpp"]
        side, stride = tile_um / region.mpp, self.spec["stride"] * self.spec["mpp"] / region.mpp
        grid = make_grid(width=region.width, height=region.height, side=side, stride=stride)
        tissue = np.ones(len(grid.xy), np.float32)
        if self.channels is None and len(grid.xy):
            scale = max(1.0, min(MASK_UM, tile_um / MASK_CELLS) / region.mpp)
            mask = tissue_mask(region.overview(scale))
            tissue = box_means(mask, grid.boxes(scale)).astype(np.float32)
        keep = tissue >= self.spec["min_tissue"]
        return self._cut(region, Grid(side, grid.xy[keep]), tissue[keep], place)

    def by_partner(self, partner: Json) -> list[Cut]:
        """The partner's tiles, row by row.

        Args:
            partner: The partner's manifest.

        Raises:
            SlideError: The partner is quarantined, has other images, or reaches beyond this slide.
        """
        self.stage = "partner"
        if partner["status"] != "complete":
            raise SlideError(
                f"its partner {partner['slide']} is quarantined: {partner['error']}",
                where=self.slide.path,
                fix=partner["fix"],
            )
        store = TileStore(Path(partner["store"]))
        xy, tissue = store.column("xy"), store.column("tissue")
        owner = store.column("region") if store.has("region") else np.zeros(len(xy), np.int32)
        count = len(store.attributes.get("regions", [""]))
        if count != len(self.files):
            raise SlideError(
                f"{len(self.files)} images, but its partner {partner['slide']} has {count}",
                where=self.slide.path,
                fix="registered folders hold the same images in the same order of names",
            )
        cuts = []
        for place, path in enumerate(self.files):
            region = self.open(path)
            self.stage = "partner"
            own = owner == place
            corners = np.rint(xy[own] * (partner["level0"]["mpp"] / region.mpp)).astype(np.int64)
            grid = Grid(self.spec["size"] * self.spec["mpp"] / region.mpp, corners)
            _check_within(grid, region)
            cuts.append(self._cut(region, grid, tissue[own], place))
        return cuts

    def _cut(self, region: Region, grid: Grid, tissue: np.ndarray, place: int) -> Cut:
        picture = None
        if place < MOST:
            scale = max(1.0, max(region.width, region.height) / LONGEST)
            picture = draw_grid(region.overview(scale), grid.boxes(scale))
        region.close()
        names, label = self._labels(grid, region)
        return Cut(region.path, region.mpp, region.width, region.height, grid, tissue, label, names, picture)

    def _labels(self, grid: Grid, region: Region) -> tuple[list[str], np.ndarray | None]:
        self.stage = "annotations"
        if self.slide.annotations:
            if len(self.files) > 1:
                raise SlideError(
                    f"annotations of one image for a slide of {len(self.files)}",
                    where=self.slide.annotations,
                    fix="use the column 'label', or give each image a row",
                )
            annotations = read_annotations(Path(self.slide.annotations))
            size = {"width": region.width, "height": region.height}
            return tile_labels(annotations, grid, **size, min_label=self.spec["min_label"])
        if self.slide.label:
            return [self.slide.label], np.zeros(len(grid.xy), np.int16)
        return [], None


def _check_within(grid: Grid, region: Region) -> None:
    slack = 0.01 * grid.side
    if len(grid.xy) and np.any(grid.xy.max(0) + grid.side > np.array([region.width, region.height]) + slack):
        raise SlideError(
            f"its partner's tiles reach beyond this slide of {region.width} x {region.height} px",
            where=str(region.path),
            fix="register the slides to one frame, or empty the column 'paired_with'",
        )


def read_partner(inputs: tuple[Path, ...], slide: Slide) -> Json:
    """The manifest of a slide's partner, which is among the files the job reads."""
    name = f"{slide.paired_with}.json"
    return read_json(next(path for path in reversed(inputs) if path.name == name))
