import numpy as np
import pytest

from pipeline.core.measures.interval import leave_one_out
from pipeline.core.measures.kernel import Kernel, kid, polynomial

RNG = np.random.default_rng(0)
ONE, OTHER = RNG.normal(size=(30, 4)), RNG.normal(0.5, size=(24, 4))
PATIENT, THEIRS = np.repeat([0, 1, 3], 10), np.repeat([2, 3], 12)


def pairwise(one, other):
    """The same from its definition, a pair at a time."""

    def k(x, y):
        return (x @ y / len(x) + 1) ** 3

    own = np.mean([k(a, b) for i, a in enumerate(one) for j, b in enumerate(one) if i != j])
    theirs = np.mean([k(a, b) for i, a in enumerate(other) for j, b in enumerate(other) if i != j])
    return own + theirs - 2 * np.mean([k(a, b) for a in one for b in other])


def test_the_kernel_of_known_vectors():
    assert polynomial(np.array([[1.0, 1.0]]), np.array([[3.0, 1.0], [-1.0, -1.0]])).tolist() == [[27.0, 0.0]]


def test_it_is_what_its_definition_says():
    assert kid(ONE, OTHER) == pytest.approx(pairwise(ONE, OTHER), rel=1e-9)


def test_blocks_make_no_difference(monkeypatch):
    monkeypatch.setattr("pipeline.core.measures.kernel.ROWS", 7)
    assert kid(ONE, OTHER) == pytest.approx(pairwise(ONE, OTHER), rel=1e-9)


def test_it_has_no_bias_however_few_the_tiles():
    """Of clouds that are alike the mean is 0, by 3 standard errors; with self-pairs it would be 0.6."""
    draws = np.random.default_rng(1).normal(size=(1000, 2, 5, 3))
    found = np.array([kid(one, other) for one, other in draws])
    assert abs(found.mean()) < 3 * found.std() / np.sqrt(len(found))
    assert found.min() < 0


def test_of_points_it_has_a_closed_form():
    """k(1, 1) + k(3, 3) - 2 k(1, 3) of one number a tile: 8 + 1000 - 128."""
    assert kid(np.full((4, 1), 1.0), np.full((3, 1), 3.0)) == pytest.approx(880)


def test_without_a_patient_it_is_that_of_the_others_on_both_sides():
    found = Kernel.of("net", ONE, PATIENT, OTHER, THEIRS, 4).values(leave_one_out(4))["net"]
    assert found[0] == pytest.approx(pairwise(ONE, OTHER))
    assert found[1] == pytest.approx(pairwise(ONE[10:], OTHER))
    assert found[4] == pytest.approx(pairwise(ONE[:20], OTHER[:12]))


@pytest.mark.parametrize("sizes", [(0, 5), (5, 0), (1, 5), (5, 1)])
def test_fewer_than_two_tiles_have_no_distance(sizes):
    assert np.isnan(kid(*(np.ones((size, 3)) for size in sizes)))
