"""Label images, written tile by tile."""

from pathlib import Path

import numpy as np
import tifffile

from pipeline.commands.apply.labels.found import Found
from pipeline.core.files import PARTIAL, aside, remove
from pipeline.core.slides.cascade import TILE
from pipeline.core.slides.ome_tiff import PER_CM
from pipeline.core.slides.packing import Packing


def write_labels(path: Path, found: Found, mpp: float, classes: tuple[str, ...]) -> None:
    """Writes what :class:`pipeline.core.slides.labels.LabelImage` reads, aside, and renames it: BigTIFF of two pages of
    tiles, ids of objects uint32, then class ids uint8; lossless. Whatever happens, nothing else stays.

    Args:
        path: Where to.
        found: The objects.
        mpp: µm per pixel.
        classes: Names of the ids 1, 2 and so on.
    """
    names = ", ".join(f"{number} {name}" for number, name in enumerate(classes, 1))
    pages: tuple[tuple[np.ndarray | None, str, str], ...] = (
        (None, "uint32", "Ids of objects"),
        (found.objects.classes, "uint8", f"Class ids: {names}"),
    )
    try:
        with aside(path) as partial, tifffile.TiffWriter(partial, bigtiff=True, byteorder="<") as file:
            for values, dtype, told in pages:
                packing = Packing(None)
                file.write(
                    (packing.encode(ids if values is None else values[ids]) for ids in found.tiles()),
                    shape=(found.pieces.height, found.pieces.width),
                    dtype=dtype,
                    tile=(TILE, TILE),
                    photometric="minisblack",
                    compression="deflate",
                    resolution=(PER_CM / mpp, PER_CM / mpp),
                    resolutionunit="CENTIMETER",
                    description=told.encode(),
                    software="synpriv",
                    metadata=None,
                )
    finally:
        remove(path.with_name(path.name + PARTIAL))
