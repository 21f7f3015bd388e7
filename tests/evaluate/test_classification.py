import numpy as np
import pytest

from pipeline.evaluate import classification
from pipeline.evaluate.classification import DEFAULT_STRENGTH, STRENGTHS, choose_strength, knn_probe, linear_probe
from pipeline.evaluate.penalty import choose, folds


@pytest.fixture
def blobs():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    return np.eye(3)[labels] * 4 + rng.normal(0, 0.3, (60, 3)), labels, np.arange(60) % 4


def test_separable_classes_are_told_apart(blobs):
    features, labels, groups = blobs
    chances = linear_probe(features, labels, groups, 3).predict(features)
    assert (chances.argmax(1) == labels).all()
    assert chances.sum(1) == pytest.approx(np.ones(60))
    assert (knn_probe(features, labels, features, 3, 5).argmax(1) == labels).all()


def test_scale_of_a_feature_does_not_matter(blobs):
    features, labels, groups = blobs
    other = linear_probe(features * [1, 100, 0.01], labels, groups, 3).predict(features * [1, 100, 0.01])
    assert other == pytest.approx(linear_probe(features, labels, groups, 3).predict(features), abs=1e-3)


def test_a_class_without_training_tiles_has_probability_zero(blobs):
    features, labels, groups = blobs
    assert (linear_probe(features, labels, groups, 4).predict(features)[:, 3] == 0).all()
    assert (knn_probe(features, labels, features, 4, 5)[:, 3] == 0).all()


def test_knn_is_by_direction_and_is_a_share():
    train, labels = np.array([[1.0, 0], [5, 0.1], [0, 1]]), np.array([0, 1, 1])
    assert knn_probe(train, labels, np.array([[9.0, 0.1]]), 2, 2).tolist() == [[0.5, 0.5]]


def test_more_neighbours_than_tiles():
    assert knn_probe(np.eye(2), np.array([0, 1]), np.eye(2), 2, 20).tolist() == [[0.5, 0.5]] * 2


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_penalty_is_strong_where_labels_are_noise(seed):
    rng = np.random.default_rng(seed)
    features, groups = rng.normal(size=(400, 40)), np.arange(400) % 4
    labels = rng.integers(0, 2, 400)
    assert choose_strength(features, labels, groups, 2).penalty <= 1e-3


def test_one_patient_cannot_choose_a_penalty(blobs):
    features, labels, _ = blobs
    assert choose_strength(features, labels, np.zeros(60), 3) == (DEFAULT_STRENGTH, False)


def overlapping(n, seed=0):
    """Two classes of 5 features, of which the first says as much of the class as a logistic model can know."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 5))
    return features, (rng.random(n) < 1 / (1 + np.exp(-2 * features[:, 0]))).astype(int), np.arange(n) % 4


def test_a_penalty_inside_the_range_is_no_edge():
    features, labels, groups = overlapping(400)
    assert STRENGTHS[0] < choose_strength(features, labels, groups, 2).penalty < STRENGTHS[-1]
    assert not linear_probe(features, labels, groups, 2).edge


def test_classes_without_overlap_want_a_weak_penalty(blobs):
    features, labels, groups = blobs
    assert choose_strength(features, labels, groups, 3).penalty >= 100


def test_an_edge_of_the_range_is_told(blobs, monkeypatch):
    features, labels, groups = blobs
    monkeypatch.setattr(classification, "STRENGTHS", (0.001, 0.01))
    assert choose_strength(features, labels, groups, 3) == (0.01, True)
    assert linear_probe(features, labels, groups, 3).edge


def test_the_search_ends_where_weaker_penalties_do_much_worse(monkeypatch):
    tried = []
    fit = classification.LogisticRegression.fit
    record = lambda model, *given: (tried.append(model.C), fit(model, *given))[1]  # noqa: E731
    monkeypatch.setattr(classification.LogisticRegression, "fit", record)
    rng = np.random.default_rng(0)
    choose_strength(rng.normal(size=(80, 100)), rng.integers(0, 2, 80), np.arange(80) % 4, 2)
    assert tried[:3] == [STRENGTHS[0]] * 3
    assert max(tried) <= 1


def test_warm_starts_choose_as_fits_from_scratch_do():
    features, labels, groups = overlapping(200, seed=1)
    losses = {}
    for strength in STRENGTHS:
        model = classification.LogisticRegression(C=strength, max_iter=1000)
        chances = np.zeros((200, 2))
        for inside, outside in folds(groups):
            chances[outside] = model.fit(features[inside], labels[inside]).predict_proba(features[outside])
        losses[strength] = -np.log(chances[np.arange(200), labels]).sum()
    assert choose_strength(features, labels, groups, 2) == choose(losses)


def test_single_precision_is_enough_for_features():
    features, labels, groups = overlapping(400)
    half = linear_probe(features.astype(np.float32), labels, groups, 2).predict(features.astype(np.float32))
    assert half == pytest.approx(linear_probe(features, labels, groups, 2).predict(features), abs=1e-4)
