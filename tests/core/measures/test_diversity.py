import numpy as np
import pytest

from pipeline.core.measures.diversity import Diversity
from pipeline.core.measures.interval import leave_one_out


def of(vectors, patient, patients=None):
    member = np.eye(patients or patient.max() + 1)[patient]
    sums = member.T @ vectors
    return Diversity.of("net", sums, member.T @ np.square(vectors).sum(1), member.sum(0))


def pairwise(vectors):
    return np.mean([((a - b) ** 2).sum() for i, a in enumerate(vectors) for j, b in enumerate(vectors) if i != j])


def test_it_is_the_mean_over_pairs_also_without_a_patient():
    vectors, patient = np.random.default_rng(0).normal(size=(12, 5)), np.repeat([0, 1, 2], 4)
    found = of(vectors, patient).values(leave_one_out(3))["net"]
    assert found[0] == pytest.approx(pairwise(vectors))
    assert found[2] == pytest.approx(pairwise(vectors[patient != 1]))


def test_one_tile_over_and_over_has_none():
    assert of(np.ones((6, 3)), np.zeros(6, int)).values(np.ones((1, 1)))["net"] == pytest.approx([0])


def test_of_vectors_at_right_angles_it_is_two():
    assert of(np.eye(4), np.array([0, 0, 1, 1])).values(np.ones((1, 2)))["net"] == pytest.approx([2])


@pytest.mark.parametrize("tiles", [0, 1])
def test_of_fewer_than_two_tiles_it_is_not_defined(tiles):
    found = of(np.ones((tiles, 3)), np.zeros(tiles, int), 1).values(np.ones((1, 1)))["net"]
    assert np.isnan(found).all()
