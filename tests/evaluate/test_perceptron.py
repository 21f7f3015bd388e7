import warnings

import numpy as np
import pytest

from pipeline.evaluate.perceptron import mlp_classes, mlp_values


@pytest.fixture
def corners():
    """Two features whose signs decide the class together, which no line can tell: the class, and a value."""
    features = np.random.default_rng(0).uniform(-1, 1, (400, 2))
    product = features[:, 0] * features[:, 1]
    return features, (product > 0).astype(int), product


def test_it_tells_what_no_line_can(corners):
    features, labels, product = corners
    chances = mlp_classes(features[:300], labels[:300], features[300:], 2, 0)
    assert (chances.argmax(1) == labels[300:]).mean() > 0.9
    assert chances.sum(1) == pytest.approx(np.ones(100))
    predicted = mlp_values(features[:300], 7 + 100 * product[:300], features[300:], 0)
    assert np.corrcoef(predicted, product[300:])[0, 1] > 0.95
    assert predicted == pytest.approx(7 + 100 * product[300:], abs=40)


def test_the_seed_decides_it(corners):
    features, labels, _ = corners
    one, same, other = (mlp_classes(features, labels, features, 2, seed) for seed in (2**62, 2**62, 1))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_scale_of_features_does_not_matter(corners):
    features, _, product = corners
    scaled = mlp_values(features * [100, 0.01], product, features * [100, 0.01], 0)
    assert scaled == pytest.approx(mlp_values(features, product, features, 0), abs=1e-6)


def test_a_class_without_training_tiles_has_probability_zero(corners):
    features, labels, _ = corners
    assert (mlp_classes(features, labels, features, 3, 0)[:, 2] == 0).all()


def test_values_that_are_all_the_same(corners):
    assert mlp_values(corners[0], np.full(400, 3.0), corners[0], 0) == pytest.approx(np.full(400, 3.0), abs=0.2)


def test_the_last_epoch_is_no_warning(corners):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mlp_classes(corners[0], corners[1], corners[0], 2, 0)
