import numpy as np
import pytest

from pipeline.core.translation.shown import shown


def test_8_bit_rgb_is_shown_as_it_is() -> None:
    images = np.arange(24, dtype=np.uint8).reshape(2, 2, 2, 3)
    assert shown(images) is images


@pytest.mark.parametrize(
    ("pixel", "colour"),
    [
        ([2048], [128, 128, 128]),
        ([4095, 0], [255, 0, 0]),
        ([0, 4095], [0, 255, 255]),
        ([4095, 2048, 0], [255, 128, 0]),
        ([0, 4095, 0, 0], [128, 255, 0]),
        ([4095, 4095, 4095, 4095], [255, 255, 255]),
    ],
)
def test_channels_are_hues_that_add_up(pixel: list[int], colour: list[int]) -> None:
    assert shown(np.array([[pixel]], np.uint16), 4095).tolist() == [[colour]]
