import tracemalloc

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from pipeline.core.errors import ProductError
from pipeline.core.measures.structure import BLOCK, LUMA, grey_ssim

RNG = np.random.default_rng(0)
TILES = RNG.integers(0, 256, (3, 24, 20, 3)).astype(np.uint8)


def test_a_tile_is_wholly_like_itself():
    assert grey_ssim(TILES, TILES).tolist() == pytest.approx([1, 1, 1], abs=1e-12)


def test_it_is_that_of_scikit_image():
    other = (TILES * 0.7 + RNG.integers(0, 60, TILES.shape)).astype(np.uint8)
    grey = [np.asarray(tiles @ LUMA / 255, np.float64) for tiles in (TILES, other)]
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    expected = [structural_similarity(a, b, **options) for a, b in zip(*grey, strict=True)]
    assert grey_ssim(TILES, other).tolist() == pytest.approx(expected, abs=1e-9)


def test_many_tiles_take_no_more_memory_than_some():
    tiles = np.zeros((4 * BLOCK, 64, 64, 3), np.uint8)
    tracemalloc.start()
    try:
        assert grey_ssim(tiles, tiles).tolist() == [1.0] * len(tiles)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * BLOCK * 64 * 64 * 8  # four pictures of every tile


def test_constant_tiles_differ_in_light_alone():
    one, other = np.full((1, 11, 11, 3), 51, np.uint8), np.full((1, 11, 11, 3), 102, np.uint8)
    assert grey_ssim(one, other)[0] == pytest.approx((2 * 0.2 * 0.4 + 1e-4) / (0.04 + 0.16 + 1e-4), abs=1e-6)


def test_what_is_smaller_than_a_window_is_told():
    with pytest.raises(ProductError, match=r"11 x 11 px at once, found tiles of 10 x 11 px"):
        grey_ssim(TILES[:, :11, :10], TILES[:, :11, :10])
