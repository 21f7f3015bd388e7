import numpy as np
import pytest

from pipeline.evaluate.bootstrap import error_reduction, estimate, resample
from pipeline.evaluate.figures import GAINED, Cell


def test_the_first_row_is_the_cohort_and_others_have_its_size():
    weights = resample(7, 50, 0)
    assert weights.shape == (51, 7)
    assert (weights[0] == 1).all()
    assert (weights.sum(1) == 7).all()


def test_same_seed_same_resamples():
    assert np.array_equal(resample(5, 20, 3), resample(5, 20, 3))
    assert not np.array_equal(resample(5, 20, 3), resample(5, 20, 4))


def test_interval_of_a_mean_has_its_closed_form_width():
    values = np.random.default_rng(0).normal(size=400)
    means = resample(400, 4000, 0) @ values / 400
    found = estimate(means)
    half = 1.96 * values.std() / np.sqrt(400)
    assert found.value == pytest.approx(values.mean())
    assert found.high - found.low == pytest.approx(2 * half, rel=0.05)


def test_undefined_resamples_are_left_out():
    found = estimate(np.array([0.5, np.nan, 0.4, 0.6]))
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.405, 0.595))
    assert estimate(np.array([np.nan, 0.4])).value is None


def test_error_reduction():
    assert error_reduction(np.array(0.5), np.array(0.75), 100) == pytest.approx(2)
    assert error_reduction(np.array(0.9), np.array(0.8), 100) == pytest.approx(0.5)


def test_error_reduction_of_a_perfect_arm_is_finite():
    assert error_reduction(np.array(0.9), np.array(1.0), 100) == pytest.approx(0.1 / 0.005)
    assert error_reduction(np.array(1.0), np.array(1.0), 100) == pytest.approx(1)


def test_seeds_widen_the_interval_and_a_gain_that_all_seeds_share_stays_exact():
    repeats = resample(3, 500, 0)
    noisy = {seed: {GAINED: np.full(501, value)} for seed, value in enumerate((0.4, 0.5, 0.6))}
    better = {seed: {GAINED: values[GAINED] + 0.1} for seed, values in noisy.items()}
    base, arm = Cell.of("base", noisy, repeats), Cell.of("arm", better, repeats)
    found = estimate(base.pooled[GAINED])
    assert found.value == pytest.approx(0.5)
    assert (found.low, found.high) == pytest.approx((0.4, 0.6))
    gain = estimate(arm.pooled[GAINED] - base.pooled[GAINED])
    assert (gain.value, gain.low, gain.high) == pytest.approx((0.1, 0.1, 0.1))
