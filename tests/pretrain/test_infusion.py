import pytest
import torch

from pipeline.pretrain.infusion import CrossViewInfusion, gap_relevance, mixed


def test_masses_are_positive_and_sum_to_one():
    torch.manual_seed(0)
    masses = CrossViewInfusion(8, 2)(torch.randn(3, 5, 8), torch.randn(3, 7, 8))
    assert masses.shape == (3, 5)
    assert masses.min() > 0
    assert masses.sum(1).tolist() == pytest.approx([1] * 3)


def test_the_other_view_decides_with():
    torch.manual_seed(0)
    infuse, own = CrossViewInfusion(8, 2), torch.randn(1, 4, 8)
    first, second = (infuse(own, other) for other in torch.randn(2, 1, 4, 8))
    assert (first - second).abs().max().item() > 1e-3


def test_positions_are_told_by_their_tokens_alone():
    torch.manual_seed(0)
    infuse, own, other = CrossViewInfusion(8, 2), torch.randn(2, 6, 8), torch.randn(2, 6, 8)
    order = torch.randperm(6)
    assert torch.allclose(infuse(own[:, order], other), infuse(own, other)[:, order], atol=1e-6)
    assert torch.allclose(infuse(own, other[:, order]), infuse(own, other), atol=1e-6)


def test_relevance_is_the_share_of_the_product_with_the_others_mean():
    own = torch.tensor([[[1.0, 0], [3, 0], [0, 5], [-1, 0]]])
    other = torch.tensor([[[1.0, 0], [3, 0]]])  # its mean is (2, 0)
    assert gap_relevance(own, other)[0].tolist() == pytest.approx([0.25, 0.75, 0, 0], abs=1e-5)


def test_nothing_in_common_is_everywhere_the_same():
    masses = gap_relevance(torch.ones(1, 4, 2), -torch.ones(1, 4, 2))
    assert masses[0].tolist() == pytest.approx([0.25] * 4)


def test_the_floor_is_spread_evenly():
    assert mixed(torch.tensor([1.0, 0, 0, 0]), 0.1).tolist() == pytest.approx([0.925, 0.025, 0.025, 0.025])
    assert mixed(torch.tensor([0.2, 0.8]), 0.0).tolist() == pytest.approx([0.2, 0.8])
