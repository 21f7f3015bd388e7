import numpy as np
import pytest
from scipy.stats import t

from pipeline.core.manifests.scores import Estimate
from pipeline.core.measures.interval import Spread, leave_one_out, replicate, spread
from pipeline.core.measures.means import Means


def crossed(cells: np.ndarray) -> np.ndarray:
    """Replicates of a mean over patients of equal size: cells (seed, draw, patient)."""
    patients = cells.shape[2]
    whole = cells.mean(2, keepdims=True)
    return np.concatenate([whole, (patients * whole - cells) / (patients - 1)], axis=2)


def test_all_patients_then_all_but_each():
    assert leave_one_out(3).tolist() == [[1, 1, 1], [0, 1, 1], [1, 0, 1], [1, 1, 0]]
    assert leave_one_out(1).tolist() == [[1]]


def test_over_patients_alone_it_is_the_interval_of_a_mean():
    values = np.random.default_rng(0).normal(size=9)
    found = spread(crossed(values[None, None]))
    assert found.value == pytest.approx(values.mean())
    assert found.variance == pytest.approx(values.var(ddof=1) / 9)
    assert found.freedom == pytest.approx(8)
    assert found.half == pytest.approx(t.ppf(0.975, 8) * values.std(ddof=1) / 3)


def test_over_seeds_that_patients_follow_alike_it_is_that_of_the_seeds():
    values = np.array([0.1, 0.4, 0.2, 0.3, 0.9])
    found = spread(crossed(np.repeat(values[:, None, None], 7, axis=2)))
    assert found.variance == pytest.approx(values.var(ddof=1) / 5)
    assert found.freedom == pytest.approx(4)


def test_patients_and_seeds_without_interaction_add_up():
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=9), rng.normal(size=5)
    found = spread(crossed(b[:, None, None] + a[None, None]))
    by_patient, by_seed = a.var(ddof=1) / 9, b.var(ddof=1) / 5
    assert found.variance == pytest.approx(by_patient + by_seed)
    assert found.freedom == pytest.approx((by_patient + by_seed) ** 2 / (by_patient**2 / 8 + by_seed**2 / 4))


def test_draws_of_labels_are_a_source_of_variance():
    rng = np.random.default_rng(2)
    cells = rng.normal(size=(5, 1, 1)) + rng.normal(size=(1, 10, 1)) + rng.normal(size=(1, 1, 9))
    parts = [cells.mean(axis=axes).var(ddof=1) / cells.mean(axis=axes).size for axes in ((1, 2), (0, 2), (0, 1))]
    assert spread(crossed(cells)).variance == pytest.approx(sum(parts))


def test_variance_is_no_less_than_any_source_of_it():
    cells = np.random.default_rng(3).normal(size=(5, 10, 9))
    less = [cells.mean(axis=axes).var(ddof=1) / cells.mean(axis=axes).size for axes in ((1, 2), (0, 2), (0, 1))]
    assert spread(crossed(cells)).variance >= max(less)


def test_of_one_patient_there_is_a_value_and_no_interval():
    pool = Means.of(["ssim"], np.array([[0.5], [0.7]]), np.zeros(2, int))
    found = spread(replicate(pool, 1)["ssim"][None])
    assert found.estimate() == Estimate(value=0.6, low=None, high=None)


def test_a_figure_that_is_undefined_without_a_patient_has_no_interval():
    values = np.array([[[0.5, 0.4, np.nan]]])
    assert spread(values).estimate() == Estimate(value=0.5, low=None, high=None)
    assert spread(np.full((1, 1, 3), np.nan)).estimate() == Estimate(value=None, low=None, high=None)


def test_what_does_not_vary_is_exact():
    found = spread(np.full((5, 2, 10), 0.125))
    assert found.estimate() == Estimate(value=0.125, low=0.125, high=0.125)
    assert found.p == 0
    assert spread(np.zeros((5, 2, 10))).p == 1


def test_a_replicate_is_the_mean_over_the_patients_that_are_left():
    measured, patient = np.random.default_rng(0).random(9), np.arange(9) % 4
    ((whole, *less),) = replicate(Means.of(["ssim"], measured[:, None], patient), 4)["ssim"]
    assert whole == pytest.approx(measured.mean())
    assert less == pytest.approx([measured[patient != p].mean() for p in range(4)])


def test_an_interval_of_a_share_stays_within_it():
    found = Spread(0.97, 0.03**2, 8).estimate("share")
    assert 0 < found.low < 0.97 < found.high < 1
    assert found.value - found.low > found.high - found.value
    assert Spread(0.5, 0.01**2, 1e9).estimate("share").high == pytest.approx(0.5 + 1.96 * 0.01, abs=1e-4)


def test_an_interval_ends_where_its_measure_does():
    found = Spread(0.97, 0.03**2, 3)
    assert found.estimate().high > 1
    assert found.estimate(within=(-1.0, 1.0)) == Estimate(value=0.97, low=found.estimate().low, high=1.0)
    assert Spread(0.5, 1.0, 3).estimate(within=(0.0, np.inf)).low == 0
    assert Spread(0.5, 0.1**2, 3).estimate(within=(-1.0, 1.0)) == Spread(0.5, 0.1**2, 3).estimate()
    unknown = Spread(0.97, np.nan, np.nan).estimate(within=(-1.0, 1.0))
    assert unknown == Estimate(value=0.97, low=None, high=None)


def test_an_interval_of_a_ratio_is_that_of_its_logarithm():
    found = Spread(np.log(2), 0.1**2, 1e9).estimate("log")
    assert (found.value, found.low, found.high) == pytest.approx((2, 2 * np.exp(-0.196), 2 * np.exp(0.196)), rel=1e-3)


def test_the_p_value_and_the_interval_say_the_same():
    edge = Spread(1.0, (1 / t.ppf(0.975, 6)) ** 2, 6)
    assert edge.p == pytest.approx(0.05)
    assert edge.estimate().low == pytest.approx(0, abs=1e-12)


def test_the_smallest_difference_is_seen_four_times_of_five():
    rng, freedom = np.random.default_rng(0), 8
    smallest = Spread(0.0, 1.0, freedom).smallest()
    deviation = np.sqrt(rng.chisquare(freedom, 20000) / freedom)
    seen = np.abs(rng.normal(smallest, 1, 20000)) > t.ppf(0.975, freedom) * deviation
    assert seen.mean() == pytest.approx(0.8, abs=0.02)
