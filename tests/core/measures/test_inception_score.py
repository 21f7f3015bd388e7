import numpy as np
import pytest

from pipeline.core.measures.inception_score import InceptionScore
from pipeline.core.measures.interval import leave_one_out


def score(chances, patient=None):
    patient = np.zeros(len(chances), int) if patient is None else patient
    patients = int(patient.max(initial=0)) + 1
    return InceptionScore.of("net", chances, patient, patients).values(leave_one_out(patients))["net"]


def test_of_one_class_it_is_one():
    assert score(np.eye(4)[[2, 2, 2]]) == pytest.approx([1])


@pytest.mark.parametrize("classes", [1, 2, 7])
def test_of_certain_classes_that_are_as_frequent_it_is_their_number(classes):
    assert score(np.eye(classes)[np.arange(3 * classes) % classes]) == pytest.approx([classes])


def test_of_tiles_that_could_be_anything_it_is_one():
    assert score(np.full((5, 4), 0.25)) == pytest.approx([1])


def test_without_a_patient_it_is_that_of_the_others():
    chances = np.eye(3)[[0, 0, 1, 1, 2, 2]]
    assert score(chances, np.repeat([0, 1, 2], 2)) == pytest.approx([3, 2, 2, 2])


def test_of_no_tiles_it_is_not_defined():
    assert np.isnan(score(np.zeros((0, 3)))).all()
