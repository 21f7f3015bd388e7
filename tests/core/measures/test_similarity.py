import numpy as np
import pytest

from pipeline.core.measures.similarity import agreement, correlation, dice, l1, ssim


@pytest.fixture
def real():
    return np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), dtype=np.uint8)


def test_a_perfect_view(real):
    assert agreement(real, real) == pytest.approx(1, abs=0.05)
    assert correlation(real, real) == pytest.approx(1)
    assert (l1(real, real), ssim(real, real)) == (0, 1)


def test_a_view_that_ignores_its_source_scores_nothing(real):
    assert agreement(np.full_like(real, 90), real) == 0
    same = np.repeat(real[:1], 6, axis=0)
    assert agreement(same, real) == pytest.approx(0, abs=0.05)


def test_correlation_of_a_line_and_of_its_opposite():
    line = np.arange(12, dtype=np.uint8).reshape(4, 3)
    assert correlation(line, 2 * line) == pytest.approx(1)
    assert correlation(line, 100 - line) == pytest.approx(-1)


def test_correlation_of_a_constant_colour_is_0():
    assert correlation(np.full((5, 3), (10, 20, 200), np.uint8), np.random.default_rng(0).random((5, 3))) == 0


def test_a_constant_view_scores_exactly_nothing_at_any_size():
    """The mean of many equal values must not leave a rounding error to correlate with."""
    real = np.random.default_rng(0).integers(0, 256, (4, 96, 96, 3), dtype=np.uint8)
    assert agreement(np.broadcast_to(np.uint8((241, 201, 183)), real.shape), real) == 0
    assert correlation(np.full((97, 3), 0.1), np.random.default_rng(0).random((97, 3))) == 0


def test_l1_is_in_unit_range():
    black = np.zeros((2, 8, 8, 3), np.uint8)
    assert l1(black, black + 255) == 1


def test_dice_of_half_overlapping_masks():
    one, other = np.zeros((2, 1, 4, 4, 3), np.uint8)
    one[:, :2], other[:, 1:3] = 255, 255
    assert dice(one, other) == pytest.approx(0.5)
    assert dice(one * 0, one * 0) == 1
