import numpy as np
import pytest

from pipeline.core.slides.area import area_means
from pipeline.tile.grid import make_grid
from pipeline.tile.thumbnail import LINE, OUTLINE, View, coarser, draw_tiles

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


@pytest.mark.parametrize(("factor", "slack"), [(1.0, 0), (2.0, 1), (4.0, 1), (2.5, 64)])
def test_a_coarser_overview_is_one_of_means(factor, slack):
    fine = np.random.default_rng(0).integers(0, 256, (43, 61, 3), dtype=np.uint8)
    rows, columns = (np.arange(int(side / factor) + 1) * factor for side in fine.shape[:2])
    # where borders cut through pixels, each counts whole for the square that holds its centre
    assert np.abs(coarser(fine, factor) - area_means(fine, rows, columns)).max() <= slack


def test_an_image_of_less_than_one_pixel_stays_one():
    assert coarser(np.full((3, 5, 3), 7, np.uint8), 8.0).tolist() == [[[7, 7, 7]]]
