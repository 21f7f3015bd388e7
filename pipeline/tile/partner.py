"""The tiles of the slide that another is registered to. What must hold of the two, for those who cut and who check."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.core.manifests.slides import TileManifest
from pipeline.core.slides.label_source import Frame
from pipeline.core.slides.region import Region
from pipeline.core.store.store import TileStore
from pipeline.tile.grid import Grid
from pipeline.tile.order import check_order

SLACK = 0.01  # of a tile's side that it may reach beyond the slide by


@dataclass(frozen=True)
class PartnerTiles:
    """The partner's tiles of one image.

    Args:
        xy: int64 (tile, 2), top-left corners in level-0 pixels of the partner.
        tissue: float32 (tile,), share of each that is tissue.
        frame: The partner's image.
    """

    xy: np.ndarray
    tissue: np.ndarray
    frame: Frame

    def grid(self, region: Region, tile_um: float) -> Grid:
        """The same tiles in a registered image; raises SlideError where they reach beyond it.

        Args:
            region: The image.
            tile_um: Side of a tile, µm.
        """
        exact = self.xy * (self.frame.mpp / region.mpp)
        xy = np.rint(exact).astype(np.int64)
        # a pixel of labels may be many of a tile; an image, whose pixels are finer, is not to be blurred
        grid = Grid(tile_um / region.mpp, xy, exact if region.labels else None)
        if len(grid.xy):
            reach = grid.xy.max(0) + grid.side * (1 - SLACK)
            check_reach(reach, width=region.width, height=region.height, where=str(region.path))
        return grid


def read_partner(path: Path, *, images: Sequence[str], where: str) -> list[PartnerTiles]:
    """The partner's tiles, image by image.

    Args:
        path: The partner's manifest.
        images: Names of those of the slide that is registered to it.
        where: That slide's file.

    Raises:
        SlideError: The partner is quarantined, has another number of images, or has them in another order.
    """
    partner = TileManifest.read(path)
    check_complete(partner.slide, partner.error, partner.fix, where=where)
    if partner.store is None or partner.level0 is None:
        raise TypeError(f"{path}: a complete slide without a store")
    store = TileStore(partner.store)
    xy, tissue = store.column("xy"), store.column("tissue")
    owner = store.column("region") if store.has("region") else np.zeros(len(xy), np.int32)
    names = store.attributes.get("regions", [""])
    check_images(partner.slide, len(names), images=len(images), where=where)
    if len(names) > 1:
        check_order(partner.slide, names, images, where=where)
    level0 = partner.level0
    sizes = store.attributes.get("sizes", [(level0.width, level0.height)] * len(names))
    frames = [Frame(level0.mpp, (width, height)) for width, height in sizes]
    return [PartnerTiles(xy[owner == i], tissue[owner == i], frame) for i, frame in enumerate(frames)]


def check_complete(partner: str, error: str, fix: str, *, where: str) -> None:
    """Raises SlideError where the partner has an ``error``, for whose cure there is a ``fix``."""
    if error:
        raise SlideError(f"its partner {partner} is quarantined: {error}", where=where, fix=fix)


def check_images(partner: str, count: int, *, images: int, where: str) -> None:
    """Raises SlideError where the partner has another number of images, its ``count``, than the slide."""
    if count != images:
        raise SlideError(
            f"{images} images, but its partner {partner} has {count}",
            where=where,
            fix="registered folders hold the same images in the same order of names",
        )


def check_size(frame: Frame, *, mpp: float, width: int, height: int, where: str) -> None:
    """Raises SlideError where labels are of another size than the partner's image.

    Args:
        frame: The partner's image.
        mpp: µm per pixel of the labels.
        width: Of the labels, pixels.
        height: Of the labels, pixels.
        where: The labels.
    """
    if frame.size is None:
        return
    across, down = (side * frame.mpp / mpp for side in frame.size)
    if max(abs(across - width), abs(down - height)) >= 1:
        raise SlideError(
            f"labels of {width} x {height} px for an image of {across:.6g} x {down:.6g}",
            where=where,
            fix="take the labels of this very image; where their pixels are larger, fill the column 'mpp'",
        )


def check_begins(frame: Frame, begins: tuple[float, float], *, where: str) -> None:
    """Raises SlideError where an outline begins beyond the partner's image.

    Args:
        frame: The partner's image, in pixels of the outlines.
        begins: x and y from which on there begins no outline.
        where: The outlines.
    """
    if frame.size and (begins[0] >= frame.size[0] or begins[1] >= frame.size[1]):
        raise SlideError(
            f"outlines lie beside the image of {frame.size[0]} x {frame.size[1]} px: "
            f"they begin up to x {begins[0]:.6g} and y {begins[1]:.6g}",
            where=where,
            fix="take the outlines of this very image, in pixels of its full resolution",
        )


def check_reach(reach: np.ndarray, *, width: int, height: int, where: str) -> None:
    """Raises SlideError where the partner's tiles reach beyond an image.

    Args:
        reach: float64 (2,), x and y that they reach to, level-0 pixels of the image.
        width: Of the image, level-0 pixels.
        height: Of the image, level-0 pixels.
        where: The image.
    """
    if np.any(reach > (width, height)):
        raise SlideError(
            f"its partner's tiles reach beyond this slide of {width} x {height} px",
            where=where,
            fix="register the slides to one frame, or empty the column 'paired_with'",
        )
