import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.slides.area import area_means, block_means, box_means


def test_half_pixels_count_half():
    image = np.array([[0.0, 10.0, 20.0]])
    means = area_means(image, np.array([0.0, 1.0]), np.array([0.5, 2.0, 2.5]))
    assert means.tolist() == [[pytest.approx(10 / 1.5), 20.0]]


def test_whole_cells_are_block_means():
    image = np.arange(16.0).reshape(4, 4)
    means = area_means(image, np.array([0.0, 2.0, 4.0]), np.array([0.0, 2.0, 4.0]))
    assert means.tolist() == [[2.5, 4.5], [10.5, 12.5]]


@given(st.integers(0, 99), st.integers(1, 20), st.integers(1, 20), st.integers(0, 4), st.sampled_from([(), (3,)]))
def test_whole_cells_give_what_cells_of_any_kind_give(seed, high, wide, first, channels):
    image = np.random.default_rng(seed).integers(0, 256, (4 + 3 * high, 4 + 5 * wide, *channels), dtype=np.uint8)
    rows, columns = first + high * np.arange(4.0), wide * np.arange(6.0)
    quick, general = area_means(image, rows, columns), area_means(image.astype(float), rows, columns)
    assert np.allclose(quick, general, rtol=0, atol=1e-9)
    assert np.array_equal(np.rint(quick), np.rint(np.round(general, 9)))
    assert np.array_equal(quick, block_means(image[first : first + 3 * high, : 5 * wide], high, wide))


def test_block_sums_do_not_overflow():
    assert (block_means(np.full((800, 800), 255, np.uint8), 400, 800) == 255).all()


@given(st.integers(0, 99), st.floats(0, 3), st.floats(0.5, 4), st.integers(1, 3))
def test_area_means_equal_the_weighted_sum_of_pixels(seed, first, step, count):
    image = np.random.default_rng(seed).integers(0, 256, (17, 19, 3), dtype=np.uint8)
    borders = first + step * np.arange(count + 1)
    pixel = np.arange(19)
    shares = np.clip(np.minimum(borders[1:, None], pixel + 1) - np.maximum(borders[:-1, None], pixel), 0, None) / step
    expected = np.einsum("iy,yxc,jx->ijc", shares[:, :17], image, shares)
    assert np.allclose(area_means(image, borders, borders), expected, rtol=0, atol=1e-6)


@given(st.integers(0, 99), st.floats(0, 5), st.floats(0, 5), st.floats(0.2, 7), st.floats(0.2, 7))
def test_box_means_equal_the_weighted_sum_of_pixels(seed, x, y, wide, high):
    image = np.random.default_rng(seed).uniform(0, 255, (9, 11))
    x1, y1 = min(11.0, x + wide), min(9.0, y + high)
    in_x = np.clip(np.minimum(np.arange(11) + 1, x1) - np.maximum(np.arange(11), x), 0, None)
    in_y = np.clip(np.minimum(np.arange(9) + 1, y1) - np.maximum(np.arange(9), y), 0, None)
    expected = in_y @ image @ in_x / (in_x.sum() * in_y.sum())
    assert box_means(image, np.array([[x, y, x1, y1]]))[0] == pytest.approx(expected, abs=1e-6)


def test_a_box_outside_the_image_has_mean_0():
    assert box_means(np.ones((4, 4)), np.array([[10.0, 10.0, 12.0, 12.0]])).tolist() == [0.0]


def test_a_cell_beyond_the_image_has_the_value_of_the_nearest_pixel():
    image = np.arange(6, dtype=np.uint8).reshape(2, 3)
    means = area_means(image, np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.5, 3.0, 4.5]))
    assert means[-1].tolist() == means[1].tolist()
    assert means[:, -1].tolist() == [2, 5, 5]
