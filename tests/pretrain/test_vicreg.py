import pytest
import torch

from pipeline.pretrain.vicreg import VICReg, covariance, invariance, variance

Z = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
Y = torch.tensor([[0.0, 1.0], [0.0, -1.0]])
W = torch.tensor([[1.0, 1.0], [-1.0, -1.0]])
TWO, THREE = [(0, 1)], [(0, 1), (0, 2), (1, 2)]


def values(losses):
    return [float(losses[name]) for name in ("invariance", "variance", "covariance", "total")]


def test_pairwise_of_orthogonal_views():
    assert values(VICReg("pairwise")([Z, Y], TWO)) == pytest.approx([1, 0.495, 0, 37.375], abs=1e-4)


def test_pairwise_of_correlated_features():
    assert values(VICReg("pairwise")([W, W], TWO)) == pytest.approx([0, 0, 8, 8], abs=1e-5)


def test_paper_sums_features_and_branches():
    # invariance is d times that of pairwise, variance twice
    expected = [2, 0.99, 0, 25 * 2 + 25 * 0.99]
    assert values(VICReg("paper")([Z, Y], TWO)) == pytest.approx(expected, abs=1e-3)


def test_released_two_equal_views_and_one_other():
    assert values(VICReg("released")([Z, Z, Y], THREE)) == pytest.approx([4, 1.49526, 0, 137.3814], abs=2e-4)


def test_released_three_different_views():
    assert values(VICReg("released")([Z, Y, W], THREE))[1:] == pytest.approx([0.99684, 1, 125.9209], abs=2e-4)
    assert values(VICReg("released")([Z, Y, W], THREE))[0] == pytest.approx(4)


def test_released_correlated_features():
    assert values(VICReg("released")([W, W, W], THREE))[3] == pytest.approx(3, abs=1e-5)


def test_pairwise_is_the_literal_sum_of_its_pairs():
    torch.manual_seed(0)
    z = list(torch.randn(3, 8, 5))
    pair = VICReg("pairwise")
    literal = sum(pair([z[i], z[j]], TWO)["total"] for i, j in THREE)
    assert VICReg("pairwise")(z, THREE)["total"] == pytest.approx(float(literal), rel=1e-6)
    variances = sum(variance(b, 1e-4, 1) for b in z)
    covariances = sum(covariance(b, 1) for b in z)
    distance = sum(invariance(z[i], z[j]) for i, j in THREE)
    expected = 25 * distance + 25 * variances + 2 * covariances
    assert VICReg("pairwise")(z, THREE)["total"] == pytest.approx(float(expected), rel=1e-6)


def test_a_branch_in_no_pair_has_no_term():
    torch.manual_seed(0)
    z = list(torch.randn(3, 8, 5))
    assert torch.equal(VICReg()(z, TWO)["total"], VICReg()(z[:2], TWO)["total"])


def test_an_unknown_form_is_an_error():
    with pytest.raises(KeyError):
        VICReg("facebook")
