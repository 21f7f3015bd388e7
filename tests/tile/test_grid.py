import numpy as np

from pipeline.tile.grid import make_grid


def test_only_whole_tiles():
    grid = make_grid(width=250, height=130, side=100, stride=50)
    assert grid.xy.tolist() == [[0, 0], [50, 0], [100, 0], [150, 0]]


def test_fractional_strides_do_not_drift():
    xy = make_grid(width=100_000, height=600, side=256 * 0.5 / 0.2527, stride=256 * 0.5 / 0.2527)
    stride = 256 * 0.5 / 0.2527
    columns = np.unique(xy.xy[:, 0])
    assert np.abs(columns - np.arange(len(columns)) * stride).max() <= 0.5


def test_an_image_smaller_than_a_tile_has_none():
    assert make_grid(width=50, height=500, side=64, stride=64).xy.shape == (0, 2)


def test_an_exact_multiple_keeps_its_last_tile():
    assert len(make_grid(width=30, height=30, side=0.1 * 3 * 10, stride=3).xy) == 100
