"""Pictures inside the page: data URIs, strips of tiles, thumbnails."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

GAP = 4


@dataclass(frozen=True)
class Picture:
    """An ``<img>``: its data URI, what it shows in words, and its size in CSS pixels."""

    src: str
    alt: str
    width: int
    height: int


def encode(data: bytes, kind: str) -> str:
    """A data URI; ``kind`` is the MIME type."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def picture(pixels: np.ndarray, alt: str) -> Picture:
    """uint8 (y, x, 3) as a JPEG without chroma subsampling."""
    buffer = io.BytesIO()
    # not optimised: Pillow has no room for all of a picture of noise, such as a painter draws that learned nothing
    Image.fromarray(pixels).save(buffer, "JPEG", quality=88, subsampling=0)
    return Picture(encode(buffer.getvalue(), "image/jpeg"), alt, pixels.shape[1], pixels.shape[0])


def strip(tiles: Sequence[np.ndarray], alt: str, side: int = 160) -> Picture:
    """Tiles side by side on white.

    Args:
        tiles: uint8 (y, x, 3), any number of them.
        alt: What they show.
        side: Pixels a tile is shrunk or enlarged to.
    """
    canvas = np.full((side, len(tiles) * (side + GAP) - GAP, 3), 255, np.uint8)
    for column, tile in enumerate(tiles):
        start = column * (side + GAP)
        canvas[:, start : start + side] = np.asarray(
            Image.fromarray(tile).resize((side, side), Image.Resampling.LANCZOS)
        )
    return picture(canvas, alt)


def from_file(path: Path, alt: str, side: int) -> Picture | None:
    """A picture file, shrunk so that its longer side is ``side`` pixels at most; None where there is none."""
    if not path.is_file():
        return None
    with Image.open(path) as image:
        small = image.convert("RGB")
    small.thumbnail((side, side), Image.Resampling.LANCZOS)
    return picture(np.asarray(small), alt)


def evenly(count: int, wanted: int) -> list[int]:
    """At most ``wanted`` of ``count`` positions, evenly spaced, the first and the last among them."""
    if count <= wanted:
        return list(range(count))
    return sorted({round(position) for position in np.linspace(0, count - 1, wanted).tolist()})
