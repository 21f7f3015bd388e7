import numpy as np
import pytest

from pipeline.core.measures.confusion import Confusion, accuracy, balanced_accuracy, confusions


def test_one_matrix_per_patient():
    found = confusions(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([0, 0, 1]), (2, 2))
    assert found.tolist() == [[[1, 1], [0, 0]], [[0, 0], [0, 1]]]


def test_accuracy_and_balanced_accuracy():
    matrix = np.array([[8.0, 2.0], [3.0, 1.0]])
    assert accuracy(matrix) == pytest.approx(9 / 14)
    assert balanced_accuracy(matrix) == pytest.approx((0.8 + 0.25) / 2)


def test_balanced_accuracy_leaves_out_absent_classes():
    assert balanced_accuracy(np.array([[3.0, 1.0, 0.0], [0.0] * 3, [0.0, 0.0, 2.0]])) == pytest.approx((0.75 + 1) / 2)


def test_no_tile_is_undefined():
    assert np.isnan(accuracy(np.zeros((2, 2))))
    assert np.isnan(balanced_accuracy(np.zeros((2, 2))))


def test_a_resample_of_patients_is_a_sum_of_their_matrices():
    counts = np.array([[[8.0, 2.0], [3.0, 1.0]], [[1.0, 0.0], [0.0, 4.0]]])
    found = Confusion(counts).values(np.array([[1.0, 1], [2, 0]]))
    assert found["accuracy"] == pytest.approx(np.array([14 / 19, 9 / 14]))
    assert found["balanced_accuracy"] == pytest.approx(np.array([(9 / 11 + 5 / 8) / 2, (0.8 + 0.25) / 2]))
