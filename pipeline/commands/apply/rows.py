"""Rows of tiles of a slide, its colours changed one by one."""

from collections.abc import Generator
from functools import partial

import numpy as np

from pipeline.commands.apply.change import Numbered
from pipeline.core.slides.cascade import TILE, Row
from pipeline.core.slides.region import Region


def coloured_rows(region: Region, change: Numbered, scale: float, height: int) -> Generator[Row, None, None]:
    """The slide from top to bottom, read when a tile is asked for.

    Args:
        region: The slide; open until the last tile was made.
        change: Of single colours.
        scale: Level-0 pixels per pixel.
        height: Of the result, pixels.
    """
    for top in range(0, height, TILE):
        yield partial(_tile, region, change, scale, top)


def _tile(region: Region, change: Numbered, scale: float, top: int, column: int) -> np.ndarray:
    return change(region.box(column * TILE * scale, top * scale, TILE * scale, TILE), ())
