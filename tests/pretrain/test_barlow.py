import numpy as np
import pytest
import torch

from pipeline.pretrain.barlow import BarlowTwins, correlations

WHITE = torch.tensor([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])


def test_identical_whitened_views_cost_nothing():
    found = BarlowTwins()([WHITE, WHITE], [(0, 1)])
    assert float(found["total"]) == pytest.approx(0, abs=1e-8)


def test_a_feature_that_is_there_twice_is_redundant():
    double = WHITE[:, :1].repeat(1, 2)
    found = BarlowTwins(0.5)([double, double], [(0, 1)])
    assert {name: float(value) for name, value in found.items()} == pytest.approx(
        {"invariance": 0, "redundancy": 2, "total": 1}, abs=1e-4
    )


def test_views_without_a_shared_feature_are_not_invariant():
    found = BarlowTwins()([WHITE[:, :1], WHITE[:, 1:]], [(0, 1)])
    assert float(found["total"]) == pytest.approx(1)


def test_correlations_are_numpys():
    torch.manual_seed(0)
    a, b = torch.randn(2, 50, 3)
    expected = np.corrcoef(a.T.numpy(), b.T.numpy())[:3, 3:]
    assert correlations(a, b).numpy() == pytest.approx(expected, abs=1e-4)


def test_scale_and_shift_of_a_feature_do_not_matter():
    torch.manual_seed(0)
    a, b = torch.randn(2, 40, 4)
    one = float(BarlowTwins()([a, b], [(0, 1)])["total"])
    assert float(BarlowTwins()([3 * a + 1, b], [(0, 1)])["total"]) == pytest.approx(one, rel=1e-3)


def test_a_feature_that_does_not_vary_gives_a_finite_gradient():
    a = torch.ones(8, 3, requires_grad=True)
    BarlowTwins()([a, torch.randn(8, 3)], [(0, 1)])["total"].backward()
    assert a.grad is not None
    assert torch.isfinite(a.grad).all()


def test_the_sum_over_pairs():
    torch.manual_seed(0)
    branches = list(torch.randn(3, 10, 4))
    pairs = [(0, 1), (0, 2), (1, 2)]
    whole = float(BarlowTwins()(branches, pairs)["total"])
    assert whole == pytest.approx(sum(float(BarlowTwins()(branches, [pair])["total"]) for pair in pairs), rel=1e-5)
