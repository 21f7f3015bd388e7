import numpy as np
import pytest

from pipeline.core.measures.dispersion import Dispersion


def test_the_mean_distance_to_the_mean():
    found = Dispersion(np.array([[0.0, 0, 0], [6, 8, 0]]), np.array([0, 1])).values(np.ones((1, 2)))
    assert found["dispersion"].tolist() == [5]


def test_a_resample_has_its_own_mean():
    rng = np.random.default_rng(0)
    vectors, patient = rng.normal(size=(12, 3)), np.arange(12) % 4
    found = Dispersion(vectors, patient).values(np.array([[2.0, 0, 1, 1], [4, 0, 0, 0]]))["dispersion"]
    for value, patients in zip(found, ([0, 0, 2, 3], [0, 0, 0, 0]), strict=True):
        taken = np.concatenate([vectors[patient == p] for p in patients])
        assert value == pytest.approx(np.linalg.norm(taken - taken.mean(0), axis=1).mean())
