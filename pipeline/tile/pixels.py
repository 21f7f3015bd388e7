"""What is read for every tile: its image, counts of its values, mask and instances where a label image says them."""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
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
FEW = 8  # tiles of an image that is opened, read and closed by one thread

Pixels = dict[str, np.ndarray]  # by array: uint8 (y, x, 3), uint8 (y, x) and uint16 or uint32 (y, x) of a tile
Block = list[Future[list[Pixels]]]  # tiles, in order


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
    ahead = deque[Block]()
    with ThreadPoolExecutor(threads) as pool, closing(_asked(request, images, labels, pool)) as asked:
        for block in asked:
            ahead.append(block)
            if len(ahead) > 1:
                yield _stacked(ahead.popleft())
        yield from map(_stacked, ahead)


def _asked(
    request: Request, images: list[ImageTiles], labels: LabelImage | None, pool: ThreadPoolExecutor
) -> Generator[Block, None, None]:
    """Blocks that are being read: of many small images, or a part of one."""
    small, count = list[Future[list[Pixels]]](), 0
    for image in images:
        corners, side = image.grid.corners.tolist(), image.grid.side
        if 0 < len(corners) <= FEW:  # a pool and a block for each would take longer than its pixels
            small.append(pool.submit(_read_image, request, image, labels))
            count += len(corners)
        if small and (count >= BLOCK or len(corners) > FEW):
            yield small
            small, count = [], 0
        if len(corners) <= FEW:
            continue
        running = deque[Block](maxlen=2)  # whoever asks for a block has got all but the last
        with closing(request.open(image.path, image.frame)) as region:
            own = labels or region.labels
            try:
                for start in range(0, len(corners), BLOCK):
                    places = corners[start : start + BLOCK]
                    running.append([pool.submit(_read, request, region, own, [place], side) for place in places])
                    yield running[-1]
            finally:  # no thread reads on when the image is closed, whatever happens
                wait([tile for block in running for tile in block])
    if small:
        yield small


def _read_image(request: Request, image: ImageTiles, labels: LabelImage | None) -> list[Pixels]:
    """All tiles of an image that is opened for them."""
    with closing(request.open(image.path, image.frame)) as region:
        return _read(request, region, labels or region.labels, image.grid.corners.tolist(), image.grid.side)


def _read(
    request: Request, region: Region, labels: LabelSource | None, corners: list[list[float]], side: float
) -> list[Pixels]:
    """Tiles of an opened image."""
    tiles, size = list[Pixels](), request.size
    for x, y in corners:
        tile = {}
        if request.histogram:
            tile["image"], tile[HISTOGRAM] = region.counted_box(x, y, side, size)
        else:
            tile["image"] = region.box(x, y, side, size)
        if labels:
            tile["mask"], instance = labels.tile(x, y, side, size)
            tile["instance"] = instance.astype(LabelSource.dtype) if request.labels else instance
        tiles.append(tile)
    return tiles


def _stacked(block: Block) -> Pixels:
    with stage("tiles"):
        read = [tile for tiles in block for tile in tiles.result()]
    return {name: np.stack([tile[name] for tile in read]) for name in read[0]}
