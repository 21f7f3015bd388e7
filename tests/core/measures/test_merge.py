import numpy as np
import pytest
from sklearn.metrics import accuracy_score, roc_auc_score

from pipeline.core.measures.chances import Chances
from pipeline.core.measures.dispersion import Dispersion
from pipeline.core.measures.interval import leave_one_out
from pipeline.core.measures.means import Means
from pipeline.core.measures.merge import AXES, merge
from pipeline.core.measures.pools import POOLS
from pipeline.core.measures.prediction import Prediction
from pipeline.core.measures.records import Score

RNG = np.random.default_rng(0)


def score(pool, patients, n=12, paired="a"):
    return Score("task", "in_domain", "few", pool, patients, n, paired)


def fold(patients, shift=0.0):
    """Three tiles of each class of every patient, told apart by a probe of its own scale."""
    label = np.tile(np.repeat([0, 1], 3), patients).astype(np.int16)
    positive = RNG.random((2, len(label))) + 0.3 * label + shift
    chances = np.stack([-positive, positive], axis=2).astype(np.float32)
    return Chances(label, np.repeat(np.arange(patients), 6), chances, np.zeros(patients, np.int16))


def test_a_fold_alone_is_itself():
    only = score(fold(2), ("p", "q"))
    assert merge([only]) is only


def test_accuracy_is_that_of_all_tiles_and_auroc_the_mean_within_folds():
    one, other = fold(2), fold(2, shift=50.0)
    found = merge([score(one, ("p", "q")), score(other, ("r", "s"), paired="b")])
    assert (found.patients, found.n) == (("p", "q", "r", "s"), 24)
    assert found.pool.patient.tolist() == np.repeat(np.arange(4), 6).tolist()
    values = found.pool.values(np.ones((1, 4)))
    for draw in range(2):
        scores = [pool.chances[draw, :, 1] for pool in (one, other)]
        label = np.concatenate([one.label, other.label])
        assert values["accuracy"][draw, 0] == pytest.approx(accuracy_score(label, np.concatenate(scores) > 0))
        each = [roc_auc_score(pool.label, s) for pool, s in zip((one, other), scores, strict=True)]
        assert values["auroc"][draw, 0] == pytest.approx(np.mean(each))


def test_leaving_a_patient_out_changes_its_fold_alone():
    one, other = fold(2), fold(2, shift=50.0)
    found = merge([score(one, ("p", "q")), score(other, ("r", "s"))]).pool.values(leave_one_out(4))["auroc"][0]
    left = one.values(np.array([[0.0, 1.0]]))["auroc"][0, 0]
    whole = other.values(np.ones((1, 2)))["auroc"][0, 0]
    assert found[1] == pytest.approx((9 * left + 36 * whole) / 45)  # by pairs of tiles


def test_values_and_means_are_those_of_all_patients():
    truth, patient = RNG.random(8), np.repeat([0, 1], 4)
    halves = [Prediction(t, patient, t[None].astype(np.float32), np.zeros(2, int)) for t in (truth, truth + 1)]
    found = merge([score(halves[0], ("p", "q")), score(halves[1], ("r", "s"))]).pool
    assert found.values(np.ones((1, 4)))["r2"] == pytest.approx(1)
    means = [Means.of(["l1"], np.array([[v], [v]]), np.arange(2)) for v in (0.1, 0.3)]
    merged = merge([score(means[0], ("p", "q")), score(means[1], ("r", "s"))])
    assert merged.pool.values(np.ones((1, 4)))["l1"] == pytest.approx(0.2)


def test_of_patients_measured_in_every_fold_the_first_measurement_counts():
    first = score(fold(2), ("p", "q"))
    assert merge([first, score(fold(2), ("q", "r"))]) is first


def test_of_a_pool_that_cannot_be_merged_the_first_fold_counts():
    one, other = (
        score(Dispersion(RNG.random((2, 3)), np.arange(2)), patients) for patients in (("p", "q"), ("r", "s"))
    )
    assert merge([one, other]) is one


def test_every_pool_that_is_measured_on_test_patients_alone_can_be_merged():
    of_all_slides_or_of_a_targets_too = {"Dispersion", "Distance", "Gaps"}
    of_sets_as_a_whole = {"Frechet", "Kernel", "Diversity", "InceptionScore"}
    assert set(AXES) == set(POOLS) - of_all_slides_or_of_a_targets_too - of_sets_as_a_whole
