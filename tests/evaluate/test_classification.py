import numpy as np
import pytest

from pipeline.evaluate.classification import DEFAULT_STRENGTH, choose_strength, knn_probe, linear_probe


@pytest.fixture
def blobs():
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 3
    return np.eye(3)[labels] * 4 + rng.normal(0, 0.3, (60, 3)), labels, np.arange(60) % 4


def test_separable_classes_are_told_apart(blobs):
    features, labels, groups = blobs
    chances = linear_probe(features, labels, groups, features, 3)
    assert (chances.argmax(1) == labels).all()
    assert chances.sum(1) == pytest.approx(np.ones(60))
    assert (knn_probe(features, labels, features, 3, 5).argmax(1) == labels).all()


def test_scale_of_a_feature_does_not_matter(blobs):
    features, labels, groups = blobs
    other = linear_probe(features * [1, 100, 0.01], labels, groups, features * [1, 100, 0.01], 3)
    assert other == pytest.approx(linear_probe(features, labels, groups, features, 3), abs=1e-3)


def test_a_class_without_training_tiles_has_probability_zero(blobs):
    features, labels, groups = blobs
    assert (linear_probe(features, labels, groups, features, 4)[:, 3] == 0).all()
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
    assert choose_strength(features, rng.integers(0, 2, 400), groups, 2) == 0.001


def test_one_patient_cannot_choose_a_penalty(blobs):
    features, labels, _ = blobs
    assert choose_strength(features, labels, np.zeros(60), 3) == DEFAULT_STRENGTH
