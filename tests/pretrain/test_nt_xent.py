import math

import pytest
import torch

from pipeline.pretrain.infonce import symmetric
from pipeline.pretrain.nt_xent import NTXent, nt_xent


def test_aligned_orthonormal_views():
    z = torch.eye(4)
    assert float(NTXent(0.5)([z, z], [(0, 1)])["total"]) == pytest.approx(0.59444, abs=1e-5)
    assert float(nt_xent(z, z, 0.5)) == pytest.approx(math.log(1 + 6 * math.exp(-2)), abs=1e-6)


def test_collapsed_views():
    z = torch.ones(4, 3)
    assert float(nt_xent(z, z, 0.5)) == pytest.approx(1.94591, abs=1e-5)


def test_the_other_views_of_its_own_branch_are_negatives_too():
    torch.manual_seed(0)
    a, b = torch.randn(2, 6, 8)
    views = torch.nn.functional.normalize(torch.cat([a, b]), dim=1)
    found = []
    for i in range(12):
        scores = (views @ views[i]) / 0.5
        others = [j for j in range(12) if j != i]
        found.append(float(torch.logsumexp(scores[others], 0) - scores[(i + 6) % 12]))
    assert float(nt_xent(a, b, 0.5)) == pytest.approx(sum(found) / 12, rel=1e-5)
    assert float(nt_xent(a, b, 0.5)) > float(symmetric(a, b, 0.5))


def test_the_sum_over_pairs():
    torch.manual_seed(0)
    a, b, c = torch.randn(3, 6, 4)
    total = NTXent()([a, b, c], [(0, 1), (0, 2), (1, 2)])["total"]
    assert float(total) == pytest.approx(sum(float(nt_xent(*p, 0.5)) for p in ((a, b), (a, c), (b, c))), rel=1e-6)


def test_gradients_reach_both_branches():
    torch.manual_seed(0)
    a, b = (torch.randn(6, 4, requires_grad=True) for _ in range(2))
    nt_xent(a, b, 0.5).backward()
    assert a.grad is not None
    assert b.grad is not None
    assert torch.isfinite(a.grad).all()
    assert b.grad.abs().sum() > 0
