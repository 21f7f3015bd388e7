import numpy as np
import pytest

from pipeline.core.measures.bootstrap import estimate, replicate, resample
from pipeline.core.measures.means import Means


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


def test_a_resample_is_the_mean_over_the_patients_drawn():
    measured, patient = np.random.default_rng(0).random(9), np.arange(9) % 4
    weights = resample(4, 30, 1)
    found = replicate(Means.of(["ssim"], measured[:, None], patient), weights)["ssim"]
    for value, taken in zip(found, weights.astype(int), strict=True):
        drawn = np.repeat(np.arange(4), taken)
        assert value == pytest.approx(np.concatenate([measured[patient == p] for p in drawn]).mean())


def test_one_patient_gives_a_value_and_no_interval():
    found = estimate(
        replicate(Means.of(["ssim"], np.array([[0.5], [0.7]]), np.zeros(2, int)), resample(1, 9, 0))["ssim"]
    )
    assert (found.value, found.low, found.high) == (0.6, None, None)
