import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score, roc_auc_score

from pipeline.core.measures.chances import Chances


def test_every_metric_of_a_resample_is_that_of_its_tiles_in_every_draw():
    rng = np.random.default_rng(0)
    label, patient = rng.integers(0, 3, 150).astype(np.int16), rng.integers(0, 4, 150)
    chances = rng.dirichlet(np.ones(3), (2, 150)).astype(np.float32)
    found = Chances(label, patient, chances, np.zeros(4, int)).values(np.array([[1.0, 1, 1, 1], [0, 3, 1, 0]]))
    for row, patients in enumerate([(0, 1, 2, 3), (1, 1, 1, 2)]):
        rows = np.concatenate([np.flatnonzero(patient == p) for p in patients])
        own, drawn = label[rows], chances[:, rows].astype(float)
        expected = {
            "accuracy": [accuracy_score(own, x.argmax(1)) for x in drawn],
            "balanced_accuracy": [balanced_accuracy_score(own, x.argmax(1)) for x in drawn],
            "auroc": [roc_auc_score(own, x / x.sum(1, keepdims=True), multi_class="ovr") for x in drawn],
        }
        assert list(found) == list(expected)
        for metric, each in expected.items():
            assert found[metric][:, row] == pytest.approx(each)
