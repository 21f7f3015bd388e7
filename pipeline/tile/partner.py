"""The tiles of the slide that another is registered to."""

from pathlib import Path

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.core.files import Json, read_json
from pipeline.core.slides.region import Region
from pipeline.core.store.store import TileStore
from pipeline.study.sheet import Slide
from pipeline.tile.grid import Grid

SLACK = 0.01  # of a tile's side that it may reach beyond the slide by


def read_partner(inputs: tuple[Path, ...], slide: Slide) -> Json:
    """The manifest of a slide's partner, which is among the files the job reads."""
    name = f"{slide.paired_with}.json"
    return read_json(next(path for path in reversed(inputs) if path.name == name))


def partner_tiles(partner: Json, slide: Slide, images: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Corners and tissue of the partner's tiles, image by image.

    Args:
        partner: The partner's manifest.
        slide: The slide that is registered to it.
        images: Of that slide.

    Returns:
        For each image int64 (tile, 2), x and y in level-0 pixels of the partner, and float32 (tile,).

    Raises:
        SlideError: The partner is quarantined or has another number of images.
    """
    if partner["status"] != "complete":
        raise SlideError(
            f"its partner {partner['slide']} is quarantined: {partner['error']}", where=slide.path, fix=partner["fix"]
        )
    store = TileStore(Path(partner["store"]))
    xy, tissue = store.column("xy"), store.column("tissue")
    owner = store.column("region") if store.has("region") else np.zeros(len(xy), np.int32)
    count = len(store.attributes.get("regions", [""]))
    if count != images:
        raise SlideError(
            f"{images} images, but its partner {partner['slide']} has {count}",
            where=slide.path,
            fix="registered folders hold the same images in the same order of names",
        )
    return [(xy[owner == place], tissue[owner == place]) for place in range(count)]


def partner_grid(corners: np.ndarray, region: Region, *, mpp: float, tile_um: float) -> Grid:
    """The partner's tiles in a registered image.

    Args:
        corners: int64 (tile, 2), level-0 pixels of the partner.
        region: The image.
        mpp: µm per level-0 pixel of the partner.
        tile_um: Side of a tile.

    Raises:
        SlideError: They reach beyond the image.
    """
    grid = Grid(tile_um / region.mpp, np.rint(corners * (mpp / region.mpp)).astype(np.int64))
    reach = grid.side * (1 - SLACK)
    if len(grid.xy) and np.any(grid.xy.max(0) + reach > np.array([region.width, region.height])):
        raise SlideError(
            f"its partner's tiles reach beyond this slide of {region.width} x {region.height} px",
            where=str(region.path),
            fix="register the slides to one frame, or empty the column 'paired_with'",
        )
    return grid
