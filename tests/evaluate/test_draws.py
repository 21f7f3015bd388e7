import numpy as np
import pytest

from pipeline.evaluate.draws import draw_classes, draw_values

LABELS = np.array([0] * 10 + [1] * 3 + [2] * 7)
PATIENTS = np.repeat(list("abcdefgh"), 5)  # of 40 tiles


def owners(rows, patients=PATIENTS):
    return set(patients[rows].tolist())


def test_a_draw_has_few_of_each_class():
    rows = draw_classes(LABELS, np.zeros(20), 5, None, 0)
    assert np.bincount(LABELS[rows]).tolist() == [5, 3, 5]
    assert np.array_equal(rows, draw_classes(LABELS, np.zeros(20), 5, None, 0))
    assert not np.array_equal(rows, draw_classes(LABELS, np.zeros(20), 5, None, 1))


def test_a_draw_of_values_has_few_tiles_in_all():
    rows = draw_values(np.arange(20), 5, None, 0)
    assert len(rows) == len(set(rows.tolist())) == 5
    assert (np.diff(rows) > 0).all()
    assert np.array_equal(rows, draw_values(np.arange(20), 5, None, 0))
    assert not np.array_equal(rows, draw_values(np.arange(20), 5, None, 1))
    assert draw_values(np.arange(3), 5, None, 0).tolist() == [0, 1, 2]


@pytest.mark.parametrize("seed", range(5))
def test_the_tiles_are_of_few_patients(seed):
    labels = np.tile([0, 1, 0, 1, 1], 8)
    rows = draw_classes(labels, PATIENTS, 4, 3, seed)
    assert np.bincount(labels[rows]).tolist() == [4, 4]
    assert len(owners(rows)) <= 3
    every = draw_values(PATIENTS, 40, 3, seed)
    assert (len(owners(every)), len(every)) == (3, 15)


def test_other_seeds_draw_other_patients():
    assert len({tuple(sorted(owners(draw_values(PATIENTS, 40, 2, seed)))) for seed in range(20)}) > 10


@pytest.mark.parametrize("seed", range(10))
def test_patients_are_added_until_every_class_is_there(seed):
    labels = np.zeros(40, int)
    labels[PATIENTS == "c"], labels[PATIENTS == "f"] = 1, 2
    rows = draw_classes(labels, PATIENTS, 40, 3, seed)
    assert set(labels[rows].tolist()) == {0, 1, 2}
    assert owners(rows) == owners(draw_values(PATIENTS, 40, 3, seed)) | {"c", "f"}  # nobody is added for nothing


def test_more_patients_than_there_are():
    assert len(draw_values(PATIENTS, 40, 100, 0)) == 40
    assert len(owners(draw_classes(np.tile([0, 1], 20), PATIENTS, 40, 100, 0))) == 8
