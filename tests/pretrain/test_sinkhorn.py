import math

import pytest
import torch

from pipeline.pretrain.sinkhorn import cosine_cost, entropy, rounded, sinkhorn, transport_cost

HALVES, SWAP = torch.full((2,), 0.5), torch.tensor([[0.0, 1.0], [1.0, 0.0]])
CHOSEN = {"epsilon": 0.05, "iterations": 50}


def maps(count, n, width, seed=0):
    return torch.randn(2, count, n, width, generator=torch.Generator().manual_seed(seed))


def masses(count, n, seed=1):
    return torch.randn(2, count, n, generator=torch.Generator().manual_seed(seed)).softmax(-1)


def test_cosines_are_similarities_and_so_no_costs():
    found = cosine_cost(torch.tensor([[2.0, 0], [0, 3]]), torch.tensor([[1.0, 0], [-4, 0]]))
    assert found.flatten().tolist() == pytest.approx([0, 2, 1, 1])


def test_two_points():
    plan = sinkhorn(SWAP, HALVES, HALVES, epsilon=1.0, iterations=50)
    assert plan.diagonal().tolist() == pytest.approx([0.365529] * 2, abs=1e-6)
    assert float(transport_cost(plan, SWAP)) == pytest.approx(0.268941, abs=1e-6)


def test_two_points_nearly_without_entropy():
    plan = sinkhorn(SWAP, HALVES, HALVES, epsilon=0.1, iterations=50)
    assert float(transport_cost(plan, SWAP)) == pytest.approx(4.54e-5, rel=1e-3)


@pytest.mark.parametrize(("n", "width"), [(49, 512), (16, 2)])  # as of a map; few iterations are far off
def test_the_plan_has_the_masses(n, width):
    (x, y), (a, b) = maps(8, n, width), masses(8, n)
    plan = sinkhorn(cosine_cost(x, y), a, b, **CHOSEN)
    assert float((plan.sum(-1) - a).abs().sum(-1).max()) < 1e-4
    assert float((plan.sum(-2) - b).abs().sum(-1).max()) < 1e-4
    assert float(plan.min()) >= 0


def test_what_is_rounded_is_put_right_and_what_is_right_stays():
    a, b = torch.tensor([0.25, 0.75]), torch.tensor([0.5, 0.5])
    found = rounded(torch.tensor([[0.25, 0.25], [0.25, 0.25]]), a, b)  # rows: half, and what lacks is added below
    assert found.flatten().tolist() == pytest.approx([0.125, 0.125, 0.375, 0.375])
    assert rounded(found, a, b).flatten().tolist() == pytest.approx(found.flatten().tolist(), abs=1e-7)


def test_entropy_alone_makes_the_product_of_the_masses():
    (x, y), (a, b) = maps(1, 5, 3), masses(1, 5)
    plan = sinkhorn(cosine_cost(x, y), a, b, epsilon=1e6, iterations=50)
    assert torch.allclose(plan, a[..., :, None] * b[..., None, :], atol=1e-6)


def test_exchanging_the_views_transposes_the_plan():
    (x, y), (a, b) = maps(1, 9, 8), masses(1, 9)
    one = sinkhorn(cosine_cost(x, y), a, b, epsilon=0.05, iterations=2000)
    other = sinkhorn(cosine_cost(y, x), b, a, epsilon=0.05, iterations=2000)
    assert torch.allclose(one, other.mT, atol=1e-6)


def test_identical_maps_cost_nothing_in_the_limit():
    x, even = maps(1, 16, 8)[0], torch.full((1, 16), 1 / 16)
    cost = cosine_cost(x, x)
    plans = [sinkhorn(cost, even, even, epsilon=epsilon, iterations=50) for epsilon in (0.5, 0.05, 0.005)]
    large, middle, small = (float(transport_cost(plan, cost)) for plan in plans)
    assert large > middle > small
    assert small < 1e-5


def test_permuted_positions_permute_the_plan():
    (x, y), even = maps(2, 9, 8), torch.full((2, 9), 1 / 9)
    order = torch.randperm(9, generator=torch.Generator().manual_seed(2))
    plan = sinkhorn(cosine_cost(x, y), even, even, **CHOSEN)
    assert torch.allclose(sinkhorn(cosine_cost(x, y[:, order]), even, even, **CHOSEN), plan[..., order], atol=1e-6)


def test_many_iterations_give_the_cheapest_plan():
    x, even = maps(1, 8, 4)[0], torch.full((1, 8), 1 / 8)
    order = torch.randperm(8, generator=torch.Generator().manual_seed(0))
    plan = sinkhorn(cosine_cost(x, x[:, order]), even, even, epsilon=0.01, iterations=200)
    assert torch.equal(plan[0].argmax(0), order)  # position i of the permuted map lies at order[i]


def test_gradients_are_those_of_finite_differences():
    x, y = maps(1, 3, 2).double()
    a, b = masses(1, 3).double()
    leaves = tuple(t.requires_grad_() for t in (x, y, a.log(), b.log()))

    def cost(x, y, a, b):
        found = cosine_cost(x, y)
        return transport_cost(sinkhorn(found, a.softmax(-1), b.softmax(-1), epsilon=0.3, iterations=40), found).sum()

    assert torch.autograd.gradcheck(cost, leaves, atol=1e-5)


def test_entropy_is_a_share_of_that_of_even_masses():
    assert float(entropy(torch.full((7,), 1 / 7))) == pytest.approx(1)
    assert float(entropy(torch.tensor([0.5, 0.25, 0.25]))) == pytest.approx(1.5 * math.log(2) / math.log(3))
    assert float(entropy(torch.ones(1))) == 1
