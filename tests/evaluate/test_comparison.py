import numpy as np
import pytest

from pipeline.core.manifests.scores import Estimate
from pipeline.core.measures.bootstrap import estimate
from pipeline.evaluate.comparison import error_reduction, said
from pipeline.evaluate.replicates import Bootstrap

GAINED = "few/balanced_accuracy"


def test_error_reduction():
    assert error_reduction(np.array(0.5), np.array(0.75), 100) == pytest.approx(2)
    assert error_reduction(np.array(0.9), np.array(0.8), 100) == pytest.approx(0.5)


def test_error_reduction_of_a_perfect_arm_is_finite():
    assert error_reduction(np.array(0.9), np.array(1.0), 100) == pytest.approx(0.1 / 0.005)
    assert error_reduction(np.array(1.0), np.array(1.0), 100) == pytest.approx(1)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (0.001, 0.1, "better"),
        (-0.1, -0.001, "worse"),
        (-0.1, 0.1, "no difference shown"),
        (0.0, 0.1, "no difference shown"),
        (None, None, "no difference shown"),
    ],
)
def test_the_verdict_is_that_of_the_interval(low, high, words):
    assert said(Estimate(value=0.05, low=low, high=high)) == words


def test_seeds_widen_the_interval_and_a_gain_that_all_seeds_share_stays_exact():
    bootstrap = Bootstrap(0, 500)
    noisy = [{GAINED: np.full(501, value)} for value in (0.4, 0.5, 0.6)]
    better = [{GAINED: values[GAINED] + 0.1} for values in noisy]
    base, arm = (bootstrap.pooled(("task", "in_domain"), seeds)[GAINED] for seeds in (noisy, better))
    found = estimate(base)
    assert found.value == pytest.approx(0.5)
    assert (found.low, found.high) == pytest.approx((0.4, 0.6))
    gain = estimate(arm - base)
    assert (gain.value, gain.low, gain.high) == pytest.approx((0.1, 0.1, 0.1))
