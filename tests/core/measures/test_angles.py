import numpy as np
import pytest

from pipeline.core.measures.angles import angles


def test_angle_of_a_vector_turned_by_60_degrees():
    one = np.array([[1.0, 1], [0, 0], [0, 0]])
    other = np.array([[0.5, 2], [np.sqrt(0.75), 0], [0, 0]])
    assert angles(one, other) == pytest.approx(np.array([60, 0]))
