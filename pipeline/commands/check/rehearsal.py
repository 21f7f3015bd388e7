"""The memory of the largest tile job, measured: its tissue is found, and two shards of tiles are written."""

import resource
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.markup import escape

from pipeline.commands.check.inspection import Inspection
from pipeline.commands.check.pool import LostError, answers
from pipeline.core.console import console
from pipeline.core.store.store import SHARD_BYTES, write_store
from pipeline.tile.pixels import BLOCK
from pipeline.tile.request import Request
from pipeline.tile.tiles import find_images

STATUS = Path("/proc/self/status")


def memory(requests: Mapping[str, Request], found: Mapping[str, Inspection], *, seconds: float) -> int | None:
    """Bytes that the tile job of the slide with the largest image holds; None where there is none or it was lost.

    Args:
        requests: The slides, and what is asked of their tiles.
        found: What was found in each slide.
        seconds: That it may take.
    """
    pixels = {
        name: max(image.width * image.height for image in inspection.images)
        for name, inspection in found.items()
        if inspection.fit and inspection.images and not requests[name].slide.paired_with
    }
    if not pixels:
        return None
    largest = max(pixels, key=lambda name: pixels[name])
    answer = next(answers(rehearse, [(requests[largest], seconds)], workers=1))
    if isinstance(answer, LostError):
        console.print(f"[yellow]memory not measured[/] on {largest}: {escape(str(answer))}")
        return None
    return answer


def rehearse(request: Request) -> int:
    """Does with one slide what a tile job does, but for reading all tiles; returns the most bytes ever held.

    To be called in a process of its own; raises SlideError as a tile job does.
    """
    size = request.size
    tiles = sum(len(image.grid.xy) for image in find_images(request, None))
    count = min(tiles, 2 * max(1, SHARD_BYTES // (size * size * 3)))
    with TemporaryDirectory() as folder:
        write_store(Path(folder) / "s.zarr", _noise(count, size), {"xy": np.zeros((count, 2), np.int64)}, {}, size=size)
    return _peak()


def _peak() -> int:
    """The most bytes this process ever held; Linux's ``ru_maxrss`` would hold those of the process it came from."""
    if STATUS.exists():
        kibibytes = next(line for line in STATUS.read_text().splitlines() if line.startswith("VmHWM")).split()[1]
        return int(kibibytes) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _noise(count: int, size: int) -> Iterator[np.ndarray]:
    """Tiles that no codec makes smaller: uint8 (tile, size, size, 3)."""
    rng = np.random.default_rng(0)
    for start in range(0, count, BLOCK):
        yield rng.integers(0, 256, (min(BLOCK, count - start), size, size, 3), np.uint8)
