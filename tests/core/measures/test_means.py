import numpy as np

from pipeline.core.measures.means import Largest, Means, Together


def test_units_count_alike_whoever_they_are_of():
    means = Means.of(["ssim", "l1"], np.array([[1.0, 0], [0, 0], [0.5, 3]]), np.array([0, 0, 1]))
    found = means.values(np.array([[1.0, 1], [0, 2], [2, 1]]))
    assert found["ssim"].tolist() == [0.5, 0.5, 0.5]
    assert found["l1"].tolist() == [1, 3, 0.6]


def test_what_was_not_measured_does_not_count():
    means = Means.of(["dice"], np.array([[np.nan], [0.5]]), np.array([0, 1]))
    found = means.values(np.array([[1.0, 1], [2, 0]]))["dice"]
    assert found[0] == 0.5
    assert np.isnan(found[1])


def test_the_largest_has_no_resamples():
    found = Largest(np.array([2.0, 7])).values(np.ones((3, 2)))["largest"]
    assert found[0] == 7
    assert np.isnan(found[1:]).all()


def test_what_is_measured_of_all_together_has_no_interval():
    found = Together.of(["R@1"], np.array([[1.0], [0.0], [1.0]]), np.array([0, 0, 1])).values(np.ones((3, 2)))["R@1"]
    assert found[0] == 2 / 3
    assert np.isnan(found[1:]).all()
