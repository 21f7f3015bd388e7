import numpy as np
import pytest

from pipeline.core.measures.plausibility import CLOSE, appearance, remoteness

RNG = np.random.default_rng(0)


def test_appearance_is_mean_deviation_and_step_of_each_channel():
    stripes = np.zeros((1, 4, 4, 3), np.uint8)
    stripes[:, :, ::2] = (10, 20, 30)
    found = appearance(stripes)[0]
    assert found[:3].tolist() == [5, 10, 15]
    assert found[3:6].tolist() == [5, 10, 15]
    assert found[6:].tolist() == [5, 10, 15]  # every step across is full, none down is


def test_what_is_drawn_as_real_tiles_are_lies_as_close():
    known, other, made = (RNG.normal(100, 10, (400, 4)) for _ in range(3))
    assert remoteness(made, known, other) == pytest.approx(1, abs=0.15)
    assert remoteness(made, known) == pytest.approx(1, abs=0.15)


def test_what_lies_beside_them_is_far():
    known, other = (RNG.normal(100, 10, (400, 4)) for _ in range(2))
    assert remoteness(other + 200, known, other) > 10


def test_tiles_that_are_all_alike_do_not_divide_by_nothing():
    known = np.full((5, 4), 100.0)
    assert remoteness(known + 1, known) == pytest.approx(2 / CLOSE)  # one grey level in each of four figures
    assert remoteness(known, known) == 0
