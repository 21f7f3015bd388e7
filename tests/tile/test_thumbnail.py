import numpy as np
import pytest

from pipeline.tile.grid import make_grid
from pipeline.tile.thumbnail import LINE, OUTLINE, View, draw_tiles

RING = np.array([[100, 100], [1500, 100], [1500, 1500], [100, 1500], [100, 100]], float)


def drawn(side, outline=()):
    view = View(np.full((1600, 1600, 3), 240, np.uint8), 1.0, list(outline))
    return np.asarray(draw_tiles(view, make_grid(width=1600, height=1600, side=side, stride=2 * side).boxes()))


def test_large_tiles_have_lines():
    picture = drawn(200)
    assert picture.shape == (800, 800, 3)
    assert tuple(picture[0, 50]) == LINE
    assert tuple(picture[50, 50]) == tuple(picture[150, 150]) == (240, 240, 240)


def test_tiles_too_small_for_lines_are_tinted():
    picture = drawn(8).reshape(-1, 3)
    shades, counts = np.unique(picture, axis=0, return_counts=True)
    assert shades.tolist() == [pytest.approx((185, 207, 195), abs=1), [240, 240, 240]]
    assert counts[0] / len(picture) == pytest.approx(0.25, abs=0.01)


def test_the_outline_of_the_tissue_is_drawn():
    picture = drawn(200, [[RING]])
    assert tuple(picture[50, 430]) == tuple(picture[430, 50]) == OUTLINE


def test_boxes_are_level_0_pixels_whatever_the_views_scale():
    view = View(np.full((400, 400, 3), 240, np.uint8), 4.0, [])
    picture = np.asarray(draw_tiles(view, np.array([[400.0, 800.0, 800.0, 1200.0]])))
    rows, columns = np.nonzero((picture == LINE).all(-1))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (200, 299, 100, 199)
