import numpy as np
import pytest
from PIL import Image

from tests.benchmarks import training
from tests.benchmarks.pictures import Views, view, write_pictures
from tests.benchmarks.training import OBJECTIVES, Run, Size, covered

TINY = Size(18, 4, 32, 4, {"width": 8, "layers": 2}, steps=1, rounds=1)


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_all_three_ways_train_and_are_timed(tmp_path, objective, monkeypatch):
    monkeypatch.setattr(training, "WORKERS", 1)
    tiles = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)
    run = Run(tmp_path, TINY, OBJECTIVES[objective], tiles)
    assert all(way() > 0 for way in (run.ours, run.fixed, run.common))


def test_overlapping_spans_count_once():
    assert covered([(5.0, 7.0), (0.0, 2.0), (1.0, 3.0), (1.0, 2.0)]) == 5.0


def test_pictures_are_views_of_the_tiles(tmp_path):
    tiles = np.full((2, 16, 16, 3), 200, np.uint8)
    tiles[1] = 90
    views = Views([write_pictures(tmp_path, tiles)] * 3)
    assert len(views) == 2
    first, second, third = views[1]
    assert first.shape == (3, 16, 16)
    assert 0 <= float(first.min()) <= float(first.max()) <= 1
    assert len({float(v[0, 8, 8]) for v in (first, second, third)}) > 1
    assert view(Image.fromarray(tiles[0])).size == (16, 16)
