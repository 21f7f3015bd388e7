import numpy as np
import pytest

from pipeline.tile import palette
from pipeline.tile.palette import Palette


@pytest.mark.parametrize("strip", [7, 1 << 22])
def test_every_pixel_is_counted_and_found_again(monkeypatch, strip):
    monkeypatch.setattr(palette, "STRIP", strip)
    image = np.random.default_rng(0).integers(0, 8, (9, 5, 3), dtype=np.uint8) * 36
    colours = Palette(image)
    assert colours.counts.sum() == 45
    for place, light in enumerate(colours.light):
        chosen = colours.where(np.arange(len(colours.light)) == place)
        assert np.count_nonzero(chosen) == colours.counts[place]
        assert np.abs(image[chosen] / 255 - light).max() < 1 / 128


def test_full_white_and_black_were_not_scanned():
    colours = Palette(np.array([[[0, 0, 0], [255, 255, 255], [0, 0, 2], [252, 255, 255]]], np.uint8))
    assert colours.counts[colours.scanned].sum() == 2
