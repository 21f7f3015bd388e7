import imagecodecs
import numpy as np
import pytest

from pipeline.core.slides.packing import Packing


@pytest.mark.parametrize("quality", [None, 90])
def test_a_tile_of_one_colour_is_encoded_once(quality, monkeypatch):
    packing = Packing(quality)
    glass, tissue = np.full((64, 64, 3), (240, 238, 241), np.uint8), np.full((64, 64, 3), (150, 90, 140), np.uint8)
    first, other = packing.encode(glass), packing.encode(tissue)
    monkeypatch.delattr(imagecodecs, "jpeg8_encode")
    monkeypatch.delattr(imagecodecs, "deflate_encode")
    assert packing.encode(glass.copy()) is first
    assert packing.encode(tissue.copy()) is other
    assert first != other


def test_a_tile_that_is_plain_but_for_one_pixel_is_none():
    packing = Packing(None)
    tile = np.full((64, 64, 3), 240, np.uint8)
    packing.encode(tile)
    tile[63, 63, 2] = 239
    assert np.array_equal(np.frombuffer(imagecodecs.zlib_decode(packing.encode(tile)), np.uint8), tile.reshape(-1))
