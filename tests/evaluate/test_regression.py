import numpy as np
import pytest
from sklearn.linear_model import Ridge

from pipeline.evaluate.regression import (
    DEFAULT_PENALTY,
    PENALTIES,
    choose_penalty,
    knn_regression,
    ridge,
    ridge_probe,
)


@pytest.fixture
def line():
    """Targets that are a sum of two features."""
    rng = np.random.default_rng(0)
    features = rng.normal(size=(80, 5))
    return features, features[:, 0] - 2 * features[:, 1] + 3, np.arange(80) % 4


def test_a_linear_target_is_found(line):
    features, targets, groups = line
    assert ridge_probe(features, targets, groups).predict(features) == pytest.approx(targets, abs=0.02)


def test_ridge_has_its_closed_form():
    train, targets = np.array([[-1.0], [1.0]]), np.array([0.0, 4.0])  # standardised already
    found = ridge_probe(train, targets, np.zeros(2)).predict(np.array([[1.0]]))
    assert found == pytest.approx(2 + 2 * 2 / (2 + DEFAULT_PENALTY * 2))  # mean + x'y / (x'x + penalty n)


def test_scale_of_a_feature_does_not_matter(line):
    features, targets, groups = line
    scaled = features * [1, 100, 0.01, 1, 1]
    assert ridge_probe(scaled, targets, groups).predict(scaled) == pytest.approx(
        ridge_probe(features, targets, groups).predict(features)
    )


@pytest.mark.parametrize(("tiles", "features"), [(60, 7), (20, 50)])
def test_all_penalties_at_once_are_those_of_ridge(tiles, features):
    rng = np.random.default_rng(0)
    train, test = rng.normal(2, 1, (tiles, features)), rng.normal(2, 1, (9, features))
    targets = rng.normal(5, 1, tiles)
    found = ridge(train, targets, test, PENALTIES)
    for penalty, predicted in zip(PENALTIES, found, strict=True):
        expected = Ridge(alpha=penalty * tiles).fit(train, targets).predict(test)
        assert predicted == pytest.approx(expected, abs=1e-6)


def test_the_penalty_is_weak_for_a_line(line):
    features, targets, groups = line
    assert choose_penalty(*line) == (PENALTIES[0], True)
    assert ridge_probe(features, targets, groups).edge
    noisy = targets + np.random.default_rng(1).normal(0, 2, 80)
    assert PENALTIES[0] < choose_penalty(features, noisy, groups).penalty < PENALTIES[-1]
    assert not ridge_probe(features, noisy, groups).edge


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_penalty_is_strong_where_targets_are_noise(seed):
    rng = np.random.default_rng(seed)
    features, groups = rng.normal(size=(400, 40)), np.arange(400) % 4
    assert choose_penalty(features, rng.normal(size=400), groups).penalty >= 10


def test_one_patient_cannot_choose_a_penalty(line):
    features, targets, _ = line
    assert choose_penalty(features, targets, np.zeros(80)) == (DEFAULT_PENALTY, False)


def test_knn_is_the_mean_of_neighbours_by_direction():
    train, targets = np.array([[1.0, 0], [5, 0.1], [0, 1]]), np.array([0.2, 0.4, 0.9])
    assert knn_regression(train, targets, np.array([[9.0, 0.1]]), 2) == pytest.approx([0.3])
    assert knn_regression(train, targets, np.array([[9.0, 0.1]]), 20) == pytest.approx([0.5])
