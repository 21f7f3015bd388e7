"""A picture of a slide with its tiles drawn in."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

LONGEST = 800
MOST = 16  # images of a folder that are shown
LINE = (20, 110, 60)


def draw_grid(overview: np.ndarray, boxes: np.ndarray, share: float = 1.0) -> Image.Image:
    """Draws tiles onto an overview.

    Args:
        overview: uint8 (y, x, 3).
        boxes: float64 (tile, 4), x0, y0, x1, y1 in pixels of the overview.
        share: Longest side of the answer as a share of 800 px.
    """
    picture = Image.fromarray(overview)
    factor = min(1.0, LONGEST * share / max(picture.size))
    if factor < 1:
        picture = picture.resize((max(1, int(picture.width * factor)), max(1, int(picture.height * factor))))
    pen = ImageDraw.Draw(picture)
    for x0, y0, x1, y1 in boxes * factor:
        pen.rectangle((int(x0), int(y0), max(int(x0), int(x1) - 1), max(int(y0), int(y1) - 1)), outline=LINE)
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
    partial = path.with_name(path.name + ".partial")
    picture.save(partial, format="PNG")
    partial.replace(path)
