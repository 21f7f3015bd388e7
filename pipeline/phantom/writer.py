"""Writes phantom slides as the pyramidal tiled TIFFs that scanners' converters write."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tifffile

from pipeline.core.files import aside
from pipeline.phantom.fields import UM_PER_PX

TILE = 256
SMALLEST = 200  # no level is narrower, as long as there are three
PER_CM = 10_000 / UM_PER_PX


def pyramid(image: np.ndarray) -> Iterator[np.ndarray]:
    """The image and its halvings by 2 x 2 means: uint8 (y, x, 3); three levels at least."""
    count = 0
    while count < 3 or min(image.shape[:2]) >= SMALLEST:
        yield image
        count += 1
        height, width = (side // 2 * 2 for side in image.shape[:2])
        quads = image[:height, :width].reshape(height // 2, 2, width // 2, 2, -1)
        image = ((quads.sum((1, 3), dtype=np.uint16) + 2) // 4).astype(np.uint8)


def write_pyramid(path: Path, image: np.ndarray, *, quality: int | None) -> None:
    """Writes a pyramidal tiled TIFF of 0.5 µm/px aside and renames it.

    Args:
        path: Where to.
        image: uint8 (y, x, 3), level 0.
        quality: JPEG quality; None for lossless deflate.
    """
    packing = {"compression": "deflate"} if quality is None else {
        "compression": "jpeg", "compressionargs": {"level": quality},
    }  # fmt: skip
    with aside(path) as partial, tifffile.TiffWriter(partial) as file:
        for level, picture in enumerate(pyramid(image)):
            per_cm = PER_CM / 2**level
            file.write(
                picture,
                tile=(TILE, TILE),
                photometric="rgb",
                subfiletype=int(level > 0),
                resolution=(per_cm, per_cm),
                resolutionunit="CENTIMETER",
                metadata=None,
                **packing,
            )


def write_planes(path: Path, instance: np.ndarray, kind: np.ndarray) -> None:
    """Writes instance ids and class ids as the two uint32 pages of a lossless TIFF, aside, and renames it.

    Args:
        path: Where to.
        instance: (y, x), 0 outside nuclei.
        kind: (y, x), 0 outside nuclei, else 1 + index into the class names.
    """
    planes = np.stack([instance, kind]).astype(np.uint32)
    with aside(path) as partial:
        tifffile.imwrite(
            partial, planes, tile=(TILE, TILE), compression="deflate", photometric="minisblack", metadata=None
        )
