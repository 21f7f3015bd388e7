import numpy as np
import pytest

from tests.simulation.studies import METRICS, Layout, coverage, gains, headlines, verdicts

STUDIES = 1000


@pytest.mark.slow
def test_intervals_of_nine_patients_and_five_seeds_hold_the_truth_as_often_as_they_say():
    held = coverage(Layout(patients=9, seeds=5), STUDIES, 0)
    assert set(held) == set(METRICS)
    assert all(0.93 <= share <= 0.97 for share in held.values()), held


@pytest.mark.slow
def test_at_most_one_null_in_twenty_is_called_better():
    assert verdicts(Layout(patients=9, seeds=5), STUDIES, 1) <= 0.05


@pytest.mark.slow
def test_choosing_the_better_control_calls_nulls_neither_better_nor_worse():
    found = headlines(Layout(patients=9, seeds=5), 400, 3)
    assert found["better"] <= 0.03, found
    assert found["worse"] <= 0.03, found
    assert -0.03 < found["gain"] < 0, found  # told too small


@pytest.mark.slow
def test_the_smallest_gain_that_would_be_seen_is_seen_four_times_of_five():
    layout, rng = Layout(patients=9, seeds=5), np.random.default_rng(2)
    spreads = [gains(layout, rng, gain=0.4)["balanced_accuracy"] for _ in range(200)]
    seen = np.mean([own.p < 0.05 for own in spreads])
    truth, smallest = np.mean([own.value for own in spreads]), np.mean([own.smallest() for own in spreads])
    assert (seen > 0.8) == (truth > smallest), (seen, truth, smallest)


def test_a_study_is_the_same_for_the_same_seed():
    layout = Layout(patients=4, seeds=2, draws=2)
    one, other = (gains(layout, np.random.default_rng(0)) for _ in range(2))
    assert one == other
    assert one != gains(layout, np.random.default_rng(1))
