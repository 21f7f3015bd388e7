"""What is read for every tile: its image, counts of its values, mask and instances where a label image says them."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np

from pipeline.core.console import track
from pipeline.core.errors import SlideError
from pipeline.core.slides.label_source import LabelSource
from pipeline.core.slides.labels import LabelImage
from pipeline.core.slides.region import Region
from pipeline.core.store.array import TileArray
from pipeline.core.store.store import HISTOGRAM
from pipeline.tile.image import ImageTiles
from pipeline.tile.request import Request
from pipeline.tile.stage import stage

BLOCK = 64  # tiles held at once beside the store's own shard

Pixels = dict[str, np.ndarray]  # by array: uint8 (y, x, 3), uint8 (y, x) and uint16 or uint32 (y, x) of a tile


@contextmanager
def open_labels(path: Path | None, images: list[ImageTiles]) -> Iterator[LabelImage | None]:
    """The label image of a slide, if it has one; raises UnfitError where it is of another slide."""
    if path is None:
        yield None
        return
    with stage("instances"):
        labels = LabelImage(path)
    with closing(labels):
        found, expected = (labels.width, labels.height), [(image.width, image.height) for image in images]
        with stage("instances"):
            if [found] != expected:
                sizes = " and ".join(f"{width} x {height}" for width, height in expected)
                raise SlideError(
                    f"labels of {found[0]} x {found[1]} px for a slide of {sizes}",
                    where=str(path),
                    fix="take the label image of this very slide",
                )
        yield labels


def tile_arrays(request: Request, labels: LabelImage | None) -> dict[str, TileArray]:
    """What every tile has, by name; see :func:`read_blocks`."""
    arrays = {"image": TileArray()}
    if labels or request.labels:
        dtype = labels.dtype if labels else LabelSource.dtype
        arrays |= {"mask": TileArray("uint8", None), "instance": TileArray(dtype, None)}
    return arrays


def read_blocks(
    request: Request, images: list[ImageTiles], labels: LabelImage | None, threads: int
) -> Iterator[Pixels]:
    """Tiles in order, BLOCK at most, every array with an axis of tiles in front.

    While one block is written, the next is decoded.

    Args:
        request: The slide, and what is asked of its tiles.
        images: What is cut from each.
        labels: In the frame of the only image; those of label files are found in them.
        threads: Tiles decoded at once.

    Raises:
        UnfitError: An image cannot be decoded.
    """
    count = sum(-(-len(image.grid.xy) // BLOCK) for image in images)
    yield from track(_blocks(request, images, labels, threads), request.slide.slide_id, count)


def counted(blocks: Iterator[Pixels], column: np.ndarray) -> Iterator[Pixels]:
    """The blocks without their histograms, which go into a column as the blocks are read.

    Args:
        blocks: See :func:`read_blocks`.
        column: uint32 (tile, 3, 256), of all tiles.
    """
    start = 0
    for block in blocks:
        rows = block.pop(HISTOGRAM)
        column[start : start + len(rows)] = rows
        start += len(rows)
        yield block


def _blocks(request: Request, images: list[ImageTiles], labels: LabelImage | None, threads: int) -> Iterator[Pixels]:
    ahead = deque[list[Future[Pixels]]]()
    for image in images:
        corners, side = image.grid.corners.tolist(), image.grid.side
        if not corners:
            continue
        # the threads have ended before the image is closed, whatever happens
        with closing(request.open(image.path, image.frame)) as region, ThreadPoolExecutor(threads) as pool:
            own = labels or region.labels
            for start in range(0, len(corners), BLOCK):
                places = corners[start : start + BLOCK]
                ahead.append([pool.submit(_read, request, region, own, x, y, side) for x, y in places])
                if len(ahead) > 1:
                    yield _stacked(ahead.popleft())
    yield from map(_stacked, ahead)


def _read(request: Request, region: Region, labels: LabelSource | None, x: float, y: float, side: float) -> Pixels:
    """One tile."""
    tile, size = {}, request.size
    if request.histogram:
        tile["image"], tile[HISTOGRAM] = region.counted_box(x, y, side, size)
    else:
        tile["image"] = region.box(x, y, side, size)
    if labels:
        tile["mask"], instance = labels.tile(x, y, side, size)
        tile["instance"] = instance.astype(LabelSource.dtype) if request.labels else instance
    return tile


def _stacked(tiles: list[Future[Pixels]]) -> Pixels:
    with stage("tiles"):
        read = [tile.result() for tile in tiles]
    return {name: np.stack([tile[name] for tile in read]) for name in read[0]}
