import numpy as np
import pytest
import torch
from monai.metrics.fid import get_fid_score

from pipeline.core.measures.frechet import Features, Frechet, frechet
from pipeline.core.measures.interval import leave_one_out

RNG = np.random.default_rng(0)
ONE, OTHER = RNG.normal(size=(60, 5)), RNG.normal(1.0, 2.0, size=(40, 5)) @ RNG.normal(size=(5, 5))
PATIENT, THEIRS = np.repeat([0, 1, 3], 20), np.repeat([2, 3], 20)


def pool():
    return Frechet.of("net", Features(PATIENT, ONE), Features(THEIRS, OTHER))


def fid(one, other):
    return float(get_fid_score(torch.from_numpy(one), torch.from_numpy(other)))


def test_of_diagonal_gaussians_it_has_a_closed_form():
    mean, deviation = np.array([1.0, 2.0, 0.0]), np.array([1.0, 2.0, 3.0])
    other_mean, other = np.array([0.0, 2.0, 2.0]), np.array([2.0, 2.0, 1.0])
    found = frechet(mean, np.diag(deviation), other_mean, np.diag(other))
    assert found == pytest.approx(1 + 4 + (1 + 0 + 4))  # |m - n|^2 + sum (s - t)^2


def test_it_is_zero_of_a_cloud_and_itself_also_where_a_covariance_is_singular():
    flat = np.arange(3.0)[None]  # the root of their products
    assert frechet(np.ones(3), flat, np.ones(3), flat) == pytest.approx(0, abs=1e-6)


def test_it_is_the_fid_of_the_same_features():
    (found,) = pool().values(np.ones((1, 4)))["net"]
    assert found == pytest.approx(fid(ONE, OTHER), rel=1e-6)


def test_without_a_patient_it_is_that_of_the_others_on_both_sides():
    found = pool().values(leave_one_out(4))["net"]
    assert found[1] == pytest.approx(fid(ONE[20:], OTHER), rel=1e-6)
    assert found[4] == pytest.approx(fid(ONE[:40], OTHER[:20]), rel=1e-6)


def test_a_side_without_tiles_has_no_distance():
    only = Frechet.of("net", Features(PATIENT, ONE), Features(THEIRS[:20], OTHER[:20]))
    assert np.isnan(only.values(leave_one_out(4))["net"]).tolist() == [False, False, False, True, False]


def test_of_more_features_than_tiles_it_is_the_same():
    """As many features more that are all 0: tiles are decomposed, and not features."""
    wide = [np.pad(features, ((0, 0), (0, 80))) for features in (ONE, OTHER)]
    found = Frechet.of("net", Features(PATIENT, wide[0]), Features(THEIRS, wide[1])).values(leave_one_out(4))["net"]
    assert found == pytest.approx(pool().values(leave_one_out(4))["net"], rel=1e-6)


def test_a_patient_who_is_taken_twice_has_all_tiles_twice():
    twice = np.concatenate([ONE, ONE[:20]]), np.concatenate([OTHER, OTHER[20:]])
    wide = Frechet.of(
        "net", Features(PATIENT, np.pad(ONE, ((0, 0), (0, 80)))), Features(THEIRS, np.pad(OTHER, ((0, 0), (0, 80))))
    )
    (few,), (many,) = (own.values(np.array([[2.0, 1, 1, 1]]))["net"] for own in (wide, pool()))
    assert few == pytest.approx(many, rel=1e-6) == fid(twice[0], OTHER)


def test_what_would_take_hours_has_no_interval(monkeypatch):
    whole = pool().values(leave_one_out(4))["net"]
    monkeypatch.setattr("pipeline.core.measures.frechet.WORK", 5 * 5**3 - 1)  # five resamples of five features
    found = pool().values(leave_one_out(4))["net"]
    assert found[0] == whole[0]
    assert np.isnan(found[1:]).all()
