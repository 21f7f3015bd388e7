import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import r2_score

from pipeline.core.measures import pool, prediction
from pipeline.core.measures.prediction import Prediction, r2, ranks, spearman, squares

TILES = np.ones((1, 4))


def test_r2_in_closed_form():
    truth, own = np.array([1.0, 2, 3, 6]), np.arange(4)
    assert r2([squares(truth, truth, own, TILES)])[0] == 1
    assert r2([squares(truth, np.full(4, 3.0), own, TILES)])[0] == pytest.approx(0)
    assert r2([squares(truth, truth + 1, own, TILES)])[0] == pytest.approx(
        1 - 4 / 14
    )  # residual 4, total 4 + 1 + 0 + 9


def test_spearman_in_closed_form():
    one = np.array([1.0, 2, 3, 4])
    drawn = np.array([one**3, -one, [1, 2, 4, 3]])
    assert spearman(one, drawn, TILES)[:, 0] == pytest.approx([1, -1, 1 - 6 * 2 / (4 * 15)])


def test_ties_share_their_mean_rank():
    assert ranks(np.array([5.0, 1, 5, 9]), TILES).tolist() == [[2, 0.5, 2, 3.5]]


def test_a_tile_taken_twice_is_two_tiles():
    assert ranks(np.array([1.0, 2]), np.array([[2.0, 1]])).tolist() == [[1, 2.5]]


@pytest.mark.parametrize("cells", [1 << 22, 100])
def test_a_resample_of_patients_equals_the_libraries_on_its_tiles(cells, monkeypatch):
    rng = np.random.default_rng(0)
    truth, patient = rng.random(90).round(1), rng.integers(0, 5, 90)
    predicted = (truth + rng.normal(0, 0.3, (2, 90))).round(1).astype(np.float32)
    taken = [(0, 1, 2, 3, 4), (0, 0, 3, 3, 3), (1, 1, 1, 1, 1), (4, 2, 0, 0, 1)]
    weights = np.array([np.bincount(patients, minlength=5) for patients in taken], float)
    monkeypatch.setattr(pool.chunks, "__kwdefaults__", {"cells": cells})
    found = Prediction(truth, patient, predicted, np.zeros(5, int)).values(weights)
    for row, patients in enumerate(taken):
        rows = np.concatenate([np.flatnonzero(patient == p) for p in patients])
        own, drawn = truth[rows], predicted[:, rows].astype(float)
        assert found["r2"][:, row] == pytest.approx([r2_score(own, x) for x in drawn])
        assert found["spearman"][:, row] == pytest.approx([spearmanr(own, x).statistic for x in drawn])


def test_what_does_not_vary_cannot_be_explained():
    same, rising, own = np.full(4, 0.3), np.arange(4.0), np.arange(4)
    assert np.isnan(r2([squares(same, rising, own, TILES)])[0])
    assert np.isnan(spearman(same, np.stack([rising, same]), TILES)).all()
    alone = np.array([[0.0, 3, 0, 0]])  # one tile, three times
    assert np.isnan(r2([squares(rising, rising, own, alone)])[0])
    assert np.isnan(spearman(rising, rising[None], alone)[0, 0])


def test_a_constant_prediction_ranks_nothing():
    rising, partly = np.arange(4.0), np.array([1.0, 1, 2, 3])
    weights = np.array([[1.0, 1, 1, 1], [2, 2, 0, 0]])  # of the first two tiles alone, which have one prediction
    assert spearman(rising, np.stack([np.full(4, 0.3), partly]), weights)[:, 1].tolist() == [0, 0]
    drawn = np.stack([np.full(4, 0.3), rising]).astype(np.float32)
    found = Prediction(rising, np.arange(4), drawn, np.zeros(4, int)).values(TILES)
    assert found["spearman"][:, 0] == pytest.approx([0, 1])


def test_the_truth_is_ranked_once_for_all_draws(monkeypatch):
    ranked = []
    monkeypatch.setattr(prediction, "ranks", lambda values, weights: ranked.append(values) or ranks(values, weights))
    truth, drawn = np.arange(4.0), np.ones((3, 4), np.float32)
    Prediction(truth, np.arange(4), drawn, np.zeros(4, int)).values(TILES)
    assert [np.array_equal(values, truth) for values in ranked] == [True, False, False, False]


def test_tiles_of_two_probes_are_compared_with_their_own_alone():
    rng = np.random.default_rng(0)
    low, high = rng.normal(0.1, 0.01, 40), rng.normal(0.5, 0.01, 40)
    truth, patient = np.concatenate([low, high]), np.repeat(np.arange(4), 20)
    told = np.repeat([0.1, 0.5], 40)[None] + rng.normal(0, 1e-6, (1, 80))  # nothing but whose probe it is
    weights = np.array([[1.0, 1, 1, 1], [0, 1, 1, 1], [1, 1, 0, 0]])
    apart = Prediction(truth, patient, told, np.array([0, 0, 1, 1])).values(weights)
    as_one = Prediction(truth, patient, told, np.zeros(4, int)).values(weights)
    assert as_one["r2"][0, 0] > 0.99
    assert as_one["spearman"][0, 0] > 0.7
    assert (np.abs(apart["r2"]) < 0.1).all()
    assert (np.abs(apart["spearman"]) < 0.4).all()
    first = Prediction(low, patient[:40], told[:, :40], np.zeros(4, int)).values(weights)
    assert apart["r2"][0, 2] == pytest.approx(first["r2"][0, 2])
    assert apart["spearman"][0, 2] == pytest.approx(first["spearman"][0, 2])
