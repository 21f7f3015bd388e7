import numpy as np
import pytest

from pipeline.commands.apply.blend import inner_borders, ramp, shares, window_starts


@pytest.mark.parametrize(
    ("length", "size", "stride", "starts"),
    [
        (256, 64, 64, [0, 64, 128, 192]),
        (256, 64, 32, [0, 32, 64, 96, 128, 160, 192]),
        (250, 64, 64, [0, 64, 128, 186]),
        (64, 64, 32, [0]),
        (65, 64, 32, [0, 1]),
        (40, 64, 32, [0]),
    ],
)
def test_windows_cover_an_axis_and_the_last_ends_with_it(length, size, stride, starts):
    assert window_starts(length, size, stride).tolist() == starts


def test_the_ramp_is_a_raised_cosine():
    assert ramp(4, 0).tolist() == [1, 1, 1, 1]
    edge = 0.5 - 0.5 * np.cos(np.pi / 4)  # half a pixel into a ramp of two
    assert ramp(6, 2) == pytest.approx([edge, 1 - edge, 1, 1, 1 - edge, edge])


@pytest.mark.parametrize(("size", "overlap"), [(64, 32), (64, 10), (65, 32), (7, 1)])
def test_ramps_of_neighbours_add_up_to_one(size, overlap):
    weights = ramp(size, overlap)
    assert weights[size - overlap :] + weights[:overlap] == pytest.approx(np.ones(overlap), abs=1e-12)
    assert np.all(weights > 0)
    assert np.array_equal(weights, weights[::-1])


@pytest.mark.parametrize(("length", "size", "overlap"), [(250, 64, 32), (250, 64, 0), (65, 64, 32), (40, 64, 16)])
def test_shares_add_up_to_one_everywhere(length, size, overlap):
    starts = window_starts(length, size, size - overlap)
    total = np.zeros(max(length, size))
    for start, own in zip(starts, shares(starts, size, overlap), strict=True):
        total[start : start + size] += own
    assert total == pytest.approx(np.ones(len(total)), abs=1e-6)


def test_a_pixel_that_one_window_sees_is_that_window_s():
    starts = window_starts(128, 64, 32)
    first, *_, last = shares(starts, 64, 32)
    assert first[:32] == pytest.approx(np.ones(32))
    assert last[32:] == pytest.approx(np.ones(32))


def test_borders_are_where_windows_begin_or_end():
    assert inner_borders(window_starts(250, 64, 64), 64, 250).tolist() == [64, 128, 186, 192]
    assert inner_borders(window_starts(128, 64, 32), 64, 128).tolist() == [32, 64, 96]
    assert inner_borders(window_starts(64, 64, 32), 64, 64).tolist() == []
