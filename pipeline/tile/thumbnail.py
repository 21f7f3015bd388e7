"""A picture of a slide with its tissue and its tiles drawn in."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from pipeline.core.files import aside
from pipeline.tile.contours import Polygons

LONGEST = 800
MOST = 16  # images of a folder that are shown
LINE = (20, 110, 60)  # of tiles
OUTLINE = (0, 90, 220)  # of tissue
SMALL = 8  # tiles of fewer pixels than this are tinted, for their lines would hide the slide


@dataclass(frozen=True)
class View:
    """An image seen from afar.

    Args:
        pixels: uint8 (y, x, 3).
        scale: Level-0 pixels per pixel.
        outline: Of its tissue: polygons of rings float64 (corner, 2), x and y in level-0 pixels; None where unknown.
    """

    pixels: np.ndarray
    scale: float
    outline: Polygons | None


def coarser(overview: np.ndarray, factor: float) -> np.ndarray:
    """Means over squares of ``factor`` pixels, at least 1, without what is left over at the end.

    Args:
        overview: uint8 (y, x, 3).
        factor: Pixels per pixel of the answer.
    """
    if factor == 1:
        return overview
    height, width = (max(1, int(side / factor + 1e-6)) for side in overview.shape[:2])
    box = (0, 0, min(width * factor, overview.shape[1]), min(height * factor, overview.shape[0]))
    return np.asarray(Image.fromarray(overview).resize((width, height), Image.Resampling.BOX, box))


def draw_tiles(view: View, boxes: np.ndarray) -> Image.Image:
    """Draws tissue and tiles onto a view.

    Args:
        view: The view.
        boxes: float64 (tile, 4), x0, y0, x1, y1 in level-0 pixels.
    """
    picture = Image.fromarray(view.pixels)
    factor = min(1.0, LONGEST / max(picture.size))
    if factor < 1:
        size = (max(1, int(picture.width * factor)), max(1, int(picture.height * factor)))
        picture = picture.resize(size, reducing_gap=2.0)
    boxes, small = boxes * (factor / view.scale), False
    if len(boxes):
        small = bool(boxes[0, 2] - boxes[0, 0] < SMALL)
    drawn = picture.copy() if small else picture
    pen = ImageDraw.Draw(drawn)
    for x0, y0, x1, y1 in boxes.astype(int).tolist():
        corners = (x0, y0, max(x0, x1 - 1), max(y0, y1 - 1))
        pen.rectangle(corners, outline=LINE, fill=LINE if small else None)
    picture = Image.blend(picture, drawn, 0.25) if small else picture
    pen = ImageDraw.Draw(picture)
    for ring in (ring for polygon in view.outline or () for ring in polygon):
        pen.line(list(map(tuple, (ring * (factor / view.scale)).tolist())), fill=OUTLINE, width=2)
    return picture


def montage(pictures: list[Image.Image]) -> Image.Image:
    """The first pictures side by side, in a square arrangement; one picture as it is."""
    pictures = pictures[:MOST]
    if len(pictures) == 1:
        return pictures[0]
    across = int(np.ceil(np.sqrt(len(pictures))))
    down = -(-len(pictures) // across)
    width, height = max(p.width for p in pictures), max(p.height for p in pictures)
    sheet = Image.new("RGB", (across * width, down * height), "white")
    for place, picture in enumerate(pictures):
        sheet.paste(picture, (place % across * width, place // across * height))
    sheet.thumbnail((LONGEST, LONGEST))
    return sheet


def save(path: Path, picture: Image.Image) -> None:
    """Writes a PNG aside and renames it."""
    with aside(path) as partial:
        picture.save(partial, format="PNG")
