import numpy as np
import pytest

from pipeline.core.measures.seam import Steps, stained, steps


def seam(image, rows=(), columns=(), seen=None):
    seen = np.ones(image.shape[:2], bool) if seen is None else seen
    return (steps(image, seen, np.array(rows, int), 0) + steps(image, seen, np.array(columns, int), 1)).seam


def coloured(grey):
    return np.repeat(np.asarray(grey, np.uint8)[..., None], 3, -1)


def test_a_smooth_ramp_has_no_seam():
    down, right = np.mgrid[:40, :50]
    assert seam(coloured(down + right), rows=[16, 32], columns=[8, 16]) == 1.0


def test_a_step_at_a_border_is_as_high_as_it_stands_out():
    right = np.mgrid[:40, :50][1]
    stepped = right + 4 * (right >= 20)  # a step of 5 there, of 1 elsewhere, none downwards
    assert steps(coloured(stepped), np.ones((40, 50), bool), np.array([20]), 1) == Steps(200.0, 40, 1920.0, 1920)
    assert steps(coloured(stepped), np.ones((40, 50), bool), np.array([20]), 1).seam == 5.0


def test_steps_elsewhere_are_no_seam():
    right = np.mgrid[:40, :50][1]
    across = steps(coloured(right + 4 * (right >= 21)), np.ones((40, 50), bool), np.array([20]), 1)
    assert across.seam == 48 / 52  # 1 there; 5 once and 1 in 47 places elsewhere


def test_both_axes_count():
    down = np.mgrid[:40, :50][0]
    assert seam(coloured(5 * down + 10 * (down >= 8)), rows=[8]) > 2
    assert seam(coloured(5 * down + 10 * (down >= 8)).swapaxes(0, 1), columns=[8]) > 2


def test_one_colour_has_no_seam_and_a_lone_step_nothing_but_one():
    flat = coloured(np.full((8, 8), 90))
    assert seam(flat, rows=[4], columns=[4]) == 1.0
    flat[4:] = 100
    assert seam(flat, rows=[4]) == float("inf")


def test_without_a_border_there_is_none_to_see():
    assert seam(coloured(np.zeros((8, 8)))) is None


def test_a_step_down_counts_as_one_up():
    grey = np.zeros((4, 4), np.uint8)
    grey[:2] = 200
    assert steps(coloured(grey), np.ones((4, 4), bool), np.array([2]), 0).across == 800.0


def test_pairs_beside_glass_do_not_count():
    grey = np.full((4, 6), 100, np.uint8)
    grey[:, 3:] = 230
    seen = stained(coloured(grey))
    assert np.array_equal(seen, grey < 220)
    assert steps(coloured(grey), seen, np.array([3]), 1) == Steps(0.0, 0, 0.0, 8)


@pytest.mark.parametrize("cut", [5, 16, 17])
def test_parts_add_up_to_the_whole(cut):
    image = np.random.default_rng(0).integers(0, 256, (30, 20, 3), np.uint8)
    seen, rows, columns = stained(image), np.array([7, 16, 17]), np.array([4, 9])
    whole = steps(image, seen, rows, 0) + steps(image, seen, columns, 1)
    parts = (
        steps(image[:cut], seen[:cut], columns, 1)
        + steps(image[cut:], seen[cut:], columns, 1)
        + steps(image[:cut], seen[:cut], rows, 0)
        + steps(image[cut - 1 :], seen[cut - 1 :], rows - cut + 1, 0)
    )
    assert (parts.crossings, parts.others) == (whole.crossings, whole.others)
    assert parts.across == pytest.approx(whole.across)
    assert parts.within == pytest.approx(whole.within)
