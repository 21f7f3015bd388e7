import numpy as np
import pytest

from pipeline.core.stain.density import (
    TYPICAL_MATRIX,
    concentrations,
    intensity,
    optical_density,
    sparse_concentrations,
)
from tests.normalize.conftest import UNIT


def test_the_background_has_no_density():
    assert optical_density(np.full((1, 3), 255, np.uint8), io=255, offset=0) == pytest.approx(0)


def test_torchstain_convention_adds_one_and_divides_by_240():
    assert optical_density(np.array([[119, 239, 0]], np.uint8), io=240, offset=1) == pytest.approx(
        np.array([[np.log(2), 0, np.log(240)]])
    )


def test_black_is_as_finite_as_one_grey_level():
    assert optical_density(np.array([[0, 0, 1]], np.uint8), io=255, offset=0) == pytest.approx(np.log(255))


def test_least_squares_recovers_unquantised_concentrations_to_1e_12():
    amounts = np.random.default_rng(0).gamma(2.0, 0.5, (1000, 2))
    assert np.abs(concentrations(amounts @ UNIT.T, UNIT) - amounts).max() < 1e-12


def test_intensity_brighter_than_white_is_clipped_and_does_not_wrap():
    assert intensity(np.array([[-1.0, -1.0]]), UNIT, io=255).tolist() == [[255, 255, 255]]


def test_intensity_inverts_optical_density():
    amounts = np.array([[0.5, 0.25], [0.0, 1.0]])
    expected = np.rint(255 * np.exp(-amounts @ UNIT.T))
    assert (intensity(amounts, UNIT, io=255) == expected).all()


def test_torchstains_target_has_unit_vectors():
    assert np.linalg.norm(TYPICAL_MATRIX, axis=0) == pytest.approx(1, abs=1e-3)


def test_sparse_amounts_are_the_least_of_their_objective():
    rng = np.random.default_rng(0)
    matrix = np.array([[0.65, 0.1], [0.7, 0.95], [0.29, 0.28]])
    matrix = matrix / np.linalg.norm(matrix, axis=0)
    density = rng.normal(0.3, 0.5, (300, 3))
    for penalty in (0.0, 0.1):
        found = sparse_concentrations(density, matrix, penalty=penalty)
        assert (found >= 0).all()
        slope = (found @ matrix.T - density) @ matrix + penalty
        assert (slope > -1e-9).all()  # Karush, Kuhn, Tucker
        assert np.abs(slope * found).max() < 1e-9
        assert {(a > 0, b > 0) for a, b in found.tolist()} == {(x, y) for x in (True, False) for y in (True, False)}


def test_of_two_stains_that_are_the_same_one_has_all():
    matrix = np.repeat(UNIT[:, :1], 2, axis=1)
    found = sparse_concentrations(np.array([[0.2, 0.1, 0.4]]), matrix, penalty=0.1)
    assert sorted(found[0]) == pytest.approx([0, np.array([0.2, 0.1, 0.4]) @ UNIT[:, 0] - 0.1])
