import math

import pytest
import torch

from pipeline.pretrain.infonce import InfoNCE, directed, symmetric

PAIR = [(0, 1)]


def test_aligned_orthonormal_views():
    z = torch.eye(4)
    assert float(InfoNCE(0.5)([z, z], PAIR)["total"]) == pytest.approx(0.34075, abs=1e-5)
    assert float(symmetric(z, z, 0.5)) == pytest.approx(math.log(1 + 3 * math.exp(-2)), abs=1e-6)


def test_collapsed_views():
    z = torch.ones(4, 3)
    assert float(InfoNCE(0.5)([z, z], PAIR)["total"]) == pytest.approx(1.38629, abs=1e-5)


def test_length_does_not_matter():
    torch.manual_seed(0)
    a, b = torch.randn(2, 6, 3)
    assert float(symmetric(a, b, 0.5)) == pytest.approx(float(symmetric(7 * a, 0.1 * b, 0.5)), rel=1e-5)


def test_constant_privileged_view_says_nothing():
    torch.manual_seed(0)
    z, constant = torch.randn(8, 5), torch.randn(1, 5).expand(8, 5)
    assert float(directed(z, constant, 0.5)) == pytest.approx(math.log(8), abs=1e-6)
    assert float(directed(constant, z, 0.5)) >= math.log(8)


def test_the_sum_over_pairs():
    torch.manual_seed(0)
    a, b, c = torch.randn(3, 6, 4)
    total = InfoNCE()([a, b, c], [(0, 1), (0, 2), (1, 2)])["total"]
    assert float(total) == pytest.approx(sum(float(symmetric(*p, 0.5)) for p in ((a, b), (a, c), (b, c))), rel=1e-6)
