import numpy as np
import pytest

from pipeline.core.measures.distance import Distance, Gaps
from pipeline.core.measures.interval import leave_one_out

EYE = leave_one_out(3)


def test_the_mean_distance_to_a_target_under_two_conditions():
    before, after = np.array([[3.0, 4.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [1.0, 0.0]])
    target = np.array([[2.0, 0.0], [0.0, 0.0]])  # of patients 1 and 2; mean (1, 0)
    pool = Distance(
        np.array(["before", "after"]), np.stack([before, after]), np.array([0, 1]), target, np.array([1, 2])
    )
    found = pool.values(EYE)
    assert found["after"].tolist() == pytest.approx([0, 0, 1, 1])
    assert found["before"][0] == pytest.approx((np.sqrt(20) + np.sqrt(2)) / 2)
    assert found["before"][1] == pytest.approx(np.sqrt(2))  # the second slide to the same target
    assert found["before"][2] == pytest.approx(5)  # the first slide to the second target slide


def test_gaps_are_named_by_the_pair_and_gone_with_a_site():
    vectors = np.array([[0.0, 0.0], [2.0, 0.0], [1.0, 3.0]])
    pool = Gaps(np.array(["a", "b"]), vectors, np.array([0, 0, 1]), np.array([0, 1, 2]))
    found = pool.values(EYE)
    assert list(found) == ["a-b"]
    assert found["a-b"][:3].tolist() == pytest.approx([3, np.sqrt(10), np.sqrt(10)])
    assert np.isnan(found["a-b"][3])
