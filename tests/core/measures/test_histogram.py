import numpy as np
import pytest

from pipeline.core.measures.histogram import histogram, otsu, share_above


def test_every_value_of_every_channel_is_counted():
    image = np.array([[[0, 255], [0, 3]], [[9, 3], [9, 3]]], np.uint8)
    counts = histogram(image)
    assert (counts.shape, counts.dtype) == ((2, 256), np.uint32)
    assert {value: count for value, count in enumerate(counts[0].tolist()) if count} == {0: 2, 9: 2}
    assert {value: count for value, count in enumerate(counts[1].tolist()) if count} == {3: 3, 255: 1}


def test_of_16_bits_the_upper_eight_count():
    counts = histogram(np.array([[[0x01FF], [0x0200], [0xFFFF]]], np.uint16))
    assert {value: count for value, count in enumerate(counts[0].tolist()) if count} == {1: 1, 2: 1, 255: 1}


@pytest.mark.parametrize(("threshold", "share"), [(0, 0.75), (9, 0.25), (10, 0.0), (255, 0.0)])
def test_what_is_above_is_more_than_the_threshold(threshold, share):
    assert share_above(histogram(np.array([[[0], [9], [9], [10]]], np.uint8)), threshold).tolist() == [share]


def test_otsu_parts_two_values():
    counts = histogram(np.array([[[10]] * 90 + [[200]] * 10], np.uint8))[0]
    assert 10 <= otsu(counts) < 200
    assert share_above(counts, otsu(counts)) == 0.1


def test_otsu_of_one_value_is_that_value():
    counts = histogram(np.full((4, 4, 1), 7, np.uint8))[0]
    assert otsu(counts) == 7
    assert share_above(counts, otsu(counts)) == 0
