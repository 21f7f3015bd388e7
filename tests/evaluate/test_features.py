"""Which tiles are read, and in which batches; what colour is."""

import numpy as np
import pytest

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.store.store import write_store
from pipeline.evaluate.features import colour_numbers, measure
from pipeline.evaluate.probe_tiles import ProbeTiles


def levels(images):
    """The grey level of each tile, and how many are measured together."""
    return np.array([[tile.max(), len(images)] for tile in images], np.float32)


def test_tiles_are_read_slide_by_slide_in_batches_of_consecutive_rows(tmp_path):
    members = []
    for slide, level in (("a", 0), ("b", 100), ("c", 200)):
        images = (level + np.arange(8, dtype=np.uint8))[:, None, None, None] * np.ones((1, 4, 4, 3), np.uint8)
        write_store(tmp_path / f"{slide}.zarr", [images], {"xy": np.zeros((8, 2), np.int64)}, {}, size=4)
        members.append(Member(slide, slide, "A", "HE", "train", "", tmp_path / f"{slide}.zarr", 8))
    slide, row = np.array(list("aaabcc")), np.array([1, 2, 6, 7, 3, 4])
    none = np.zeros(6, bool)
    tiles = ProbeTiles(slide, row, slide, slide, none, none, none, {}, {})
    found, again = measure(Cohort(members), tiles, 4, levels, lambda images: 2 * levels(images))
    assert found.tolist() == [[1, 2], [2, 2], [6, 1], [107, 1], [203, 1], [204, 1]]
    assert np.array_equal(again, 2 * found)


def test_colour_is_mean_and_deviation_of_each_channel():
    images = np.zeros((2, 2, 2, 3), np.uint8)
    images[0] = [255, 51, 0]
    images[1, 0, :, 1] = 255
    assert colour_numbers(images).tolist() == [
        pytest.approx([1, 0.2, 0, 0, 0, 0]),
        pytest.approx([0, 0.5, 0, 0, 0.5, 0]),
    ]
    assert colour_numbers(images).dtype == np.float32


def test_colour_is_that_of_numpy():
    images = np.random.default_rng(0).integers(0, 256, (3, 9, 7, 3)).astype(np.uint8)
    expected = np.hstack([images.mean((1, 2)), images.std((1, 2))]) / 255
    assert colour_numbers(images) == pytest.approx(expected, abs=1e-6)
