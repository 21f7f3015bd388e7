import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from pipeline.core.measures.auroc import auroc, count_wins


@pytest.fixture
def scored():
    rng = np.random.default_rng(0)
    labels, patients = rng.integers(0, 3, 200), rng.integers(0, 5, 200)
    scores = rng.random((200, 3)).round(1)  # with ties
    scores[np.arange(200), labels] += 0.3
    return labels, scores / scores.sum(1, keepdims=True), patients


def test_equals_sklearn(scored):
    labels, scores, patients = scored
    expected = roc_auc_score(labels, scores, multi_class="ovr", average="macro")
    assert auroc(count_wins(labels, scores, patients, np.zeros(5, int)), np.ones((1, 5)))[0] == pytest.approx(expected)


def test_a_resample_of_patients_equals_sklearn_on_its_tiles(scored):
    labels, scores, patients = scored
    rows = np.concatenate([np.flatnonzero(patients == p) for p in (0, 0, 3, 3, 3, 4)])
    expected = roc_auc_score(labels[rows], scores[rows], multi_class="ovr", average="macro")
    weights = np.array([[2.0, 0, 0, 3, 1]])
    assert auroc(count_wins(labels, scores, patients, np.zeros(5, int)), weights)[0] == pytest.approx(expected)


def test_one_class_alone_is_undefined():
    counted = count_wins(np.zeros(3, int), np.eye(3)[:, :2], np.zeros(3, int), np.zeros(1, int))
    assert np.isnan(auroc(counted, np.ones((1, 1)))[0])
