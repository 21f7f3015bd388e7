import numpy as np
import pytest
from matplotlib.colors import Normalize

from pipeline.commands.heatmap.colours import FAINT, OPAQUE, STRONG, of_classes, of_values, painted, rgb


def test_a_pixel_has_the_mean_of_the_tiles_that_hold_it():
    boxes = np.array([[0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 3.0, 2.0]])
    field = painted(boxes, np.array([[0.0], [1.0]]), (3, 4))[..., 0]
    assert np.array_equal(field[0], [0.0, 0.5, 1.0, np.nan], equal_nan=True)
    assert np.isnan(field[2]).all()


def test_tiles_of_part_pixels_leave_no_gap():
    boxes = np.array([[0.0, 0.0, 2.4, 2.0], [2.6, 0.0, 5.0, 2.0]])  # corners are rounded, sides are not
    assert not np.isnan(painted(boxes, np.array([[0.0], [1.0]]), (2, 5))).any()


def test_a_tile_smaller_than_a_pixel_is_seen():
    assert painted(np.array([[1.2, 1.2, 1.4, 1.4]]), np.array([[1.0]]), (3, 3))[1, 1, 0] == 1.0


def test_the_likeliest_class_gives_the_colour_and_its_probability_the_strength():
    field = np.array([[[1.0, 0.0], [0.25, 0.75], [np.nan, np.nan]]])
    image = of_classes(field)
    assert np.allclose(image[0, 0], [*np.array(rgb(0)) / 255, STRONG])
    assert np.allclose(image[0, 1], [*np.array(rgb(1)) / 255, (FAINT + STRONG) / 2])
    assert image[0, 2, 3] == 0


def test_values_are_coloured_on_their_scale_and_nothing_where_there_is_none():
    image = of_values(np.array([[0.0, 5.0, 10.0, np.nan]]), Normalize(0, 10))
    assert image[0, :, 3].tolist() == [OPAQUE, OPAQUE, OPAQUE, 0.0]
    assert image[0, 0, :3] == pytest.approx([0.267, 0.005, 0.329], abs=1e-3)  # the dark end of viridis


def test_there_is_a_colour_for_any_number_of_classes():
    assert rgb(0) == (0, 114, 178)
    assert rgb(8) == rgb(0)
