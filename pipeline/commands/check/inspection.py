"""A look into one slide before a long run: whether it can be tiled, and about how many tiles it gives."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.core.files import Json
from pipeline.core.slides.area import box_means
from pipeline.core.slides.region import Region
from pipeline.study.sheet import Slide
from pipeline.tile.cuts import Cutter
from pipeline.tile.grid import Grid
from pipeline.tile.labels import read_annotations
from pipeline.tile.tissue import tissue_mask

SAMPLES = 5  # tiles cut from an image
PLACES = ((0.0, 0.0), (1.0, 0.0), (0.5, 0.5), (0.0, 1.0), (1.0, 1.0))  # corners and centre, as shares of the way
MASK = 512  # pixels of the mask along the longer side: enough to count tiles with tissue
CHEAP = 1 << 24  # pixels of a level that may be read whole for that


@dataclass(frozen=True)
class View:
    """One image. ``extent`` is its size; up to ``reach`` at least there are tiles with tissue: (x, y) in µm.

    ``tiles`` is what has tissue where ``counted``, else the grid, which no count can exceed.
    """

    mpp: float
    width: int
    height: int
    levels: int
    tiles: int
    counted: bool
    extent: tuple[float, float]
    reach: tuple[float, float]


@dataclass(frozen=True)
class Probe:
    """One slide.

    Args:
        views: Its images; none where it cannot be used.
        tiles: Estimate where ``counted``, else upper bound.
        counted: Tissue was looked for.
        cut: Tiles cut as a sample.
        seconds: Which that took.
        sample: uint8 (tile, size, size, 3), where it was asked for.
        stage: At which it failed; empty where it is fit.
        error: Why.
        fix: What to do about it.
    """

    views: tuple[View, ...] = ()
    tiles: int = 0
    counted: bool = False
    cut: int = 0
    seconds: float = 0.0
    sample: np.ndarray | None = None
    stage: str = ""
    error: str = ""
    fix: str = ""

    @property
    def fit(self) -> bool:
        return not self.error


def look(task: tuple[Json, bool]) -> Probe:
    """Opens every image of a slide, decodes sample tiles of each level, and counts the tiles.

    Args:
        task: The spec of its ``tile`` job, and whether the sample is to be handed back.
    """
    spec, keep = task
    slide = Slide(**spec["slide"])
    cutter = Cutter(slide, spec)
    views: list[View] = []
    samples: list[np.ndarray] = []
    cut, seconds = 0, 0.0
    try:
        for path in cutter.files:
            with closing(cutter.open(path)) as region:
                view, places = _view(cutter, region)
                start = perf_counter()
                tiles = _cut(cutter, region, places)
                seconds += perf_counter() - start
            views.append(view)
            cut += len(tiles)
            samples += tiles[: SAMPLES - len(samples)]
        count, counted = sum(view.tiles for view in views), all(view.counted for view in views)
        if slide.annotations:
            cutter.stage = "annotations"
            read_annotations(Path(slide.annotations))
        if not slide.paired_with and (not count or (slide.annotations and len(views) > 1)):
            count, counted = sum(len(cut.grid.xy) for cut in cutter.by_tissue()), True  # it fails here if tiling does
    except SlideError as error:
        reason = f"{error.message} ({error.where})" if error.where else error.message
        return Probe(stage=cutter.stage, error=reason, fix=error.fix)
    sample = np.stack(samples) if keep and samples else None
    return Probe(tuple(views), count, counted, cut, seconds, sample)


def _view(cutter: Cutter, region: Region) -> tuple[View, Grid]:
    """Decodes every level; returns what was found and the tiles with tissue."""
    cutter.stage = "tiles"
    for down in region.downsamples:
        _decode(region, down, cutter.spec["size"])
    grid = cutter.grid(region)
    counted = cutter.channels is not None
    if not counted and len(grid.xy):
        cutter.stage = "tissue"
        scale = max(cutter.mask_scale(region), max(region.width, region.height) / MASK)
        share = _tissue(region, grid, scale, pens=cutter.spec["pens"])
        if share is not None:
            grid, counted = Grid(grid.side, grid.xy[cutter.wanted(share)]), True
    if not cutter.slide.paired_with:
        cutter.stage = "annotations"
        inside = cutter.annotated.inside(grid, width=region.width, height=region.height)
        grid = Grid(grid.side, grid.xy[inside])
    # the mask is coarse: what it says of the border may be off by a tile and two of its pixels
    slack = 2 * max(1.0, max(region.width, region.height) / MASK)
    x, y = (grid.xy.max(0) - slack) * region.mpp if counted and len(grid.xy) else (0.0, 0.0)
    view = View(
        mpp=region.mpp,
        width=region.width,
        height=region.height,
        levels=len(region.downsamples),
        tiles=len(grid.xy),
        counted=counted,
        extent=(region.width * region.mpp, region.height * region.mpp),
        reach=(float(x), float(y)),
    )
    return view, grid


def _decode(region: Region, down: float, size: int) -> None:
    """Boxes of a level at its own resolution."""
    pixels = max(1, min(size, int(min(region.width, region.height) / down)))
    side = pixels * down
    for across, along in PLACES:
        region.box(across * max(0.0, region.width - side), along * max(0.0, region.height - side), side, pixels)


def _tissue(region: Region, grid: Grid, scale: float, *, pens: bool) -> np.ndarray | None:
    """Share of each tile that is tissue, by a coarser mask than tiling makes; None where no level is small enough."""
    down = region.downsamples[region.level_for(scale)]
    if region.width * region.height / down**2 > CHEAP:
        return None
    mask = tissue_mask(region.overview(scale), scale * region.mpp, pens=pens)
    return box_means(mask, grid.boxes(scale)).astype(np.float32)


def _cut(cutter: Cutter, region: Region, grid: Grid) -> list[np.ndarray]:
    """Tiles as the study wants them, from all over the image: uint8 (size, size, 3) each."""
    cutter.stage = "tiles"
    chosen = np.unique(np.linspace(0, len(grid.xy) - 1, min(SAMPLES, len(grid.xy))).astype(int))
    return [region.box(x, y, grid.side, cutter.spec["size"]) for x, y in grid.xy[chosen].tolist()]
