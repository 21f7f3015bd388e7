"""Steps by hand, with lr 0.5, trust 0.001."""

import pytest
import torch
from torch import nn

from pipeline.core.train.lars import LARS


def stepped(weight, gradients, **options):
    """The weight after a step with each gradient."""
    parameter = nn.Parameter(torch.tensor(weight))
    adapts = options.pop("adapts", True)
    optimizer = LARS([{"params": [parameter], "adapts": adapts}], lr=0.5, **options)
    for gradient in gradients:
        parameter.grad = torch.tensor(gradient)
        optimizer.step()
    return parameter.tolist()


def test_one_step():
    # |w| = 5, |g| = 10: the ratio is 0.0005, and 0.5 x 0.0005 x (6, 8) = (0.0015, 0.002)
    assert stepped([3.0, 4.0], [[6.0, 8.0]]) == pytest.approx([2.9985, 3.998], abs=5e-7)


def test_weight_decay_counts_in_the_norm_of_the_update():
    # u = g + 0.1 w = (0.3, 0.4) + (0, 0): |u| = 0.5, ratio 0.01, 0.5 x 0.01 x u
    assert stepped([3.0, 4.0], [[0.0, 0.0]], weight_decay=0.1) == pytest.approx([2.9985, 3.998], abs=5e-7)


def test_momentum():
    # the scaled update is (0.003, 0.004) at first; then |w| = 4.9975, and v = 0.9 v + 0.00049975 (6, 8)
    expected = [w - 0.5 * (0.9 * v + 0.00049975 * g) for w, v, g in ((2.9985, 0.003, 6), (3.998, 0.004, 8))]
    assert stepped([3.0, 4.0], [[6.0, 8.0]] * 2) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("weight", [0.0, 2.0])
def test_without_adaptation_it_is_gradient_descent(weight):
    assert stepped([weight], [[0.25]], adapts=False, momentum=0.0) == pytest.approx([weight - 0.125])


def test_weights_of_norm_zero_take_a_plain_step():
    assert stepped([0.0, 0.0], [[1.0, 2.0]]) == pytest.approx([-0.5, -1.0])


def test_without_a_gradient_nothing_moves():
    parameter = nn.Parameter(torch.ones(2))
    LARS([{"params": [parameter]}], lr=1.0, weight_decay=0.1).step()
    assert parameter.tolist() == [1, 1]


def test_it_goes_on_from_its_state():
    gradient = torch.tensor([6.0, 8.0])
    whole = stepped([3.0, 4.0], [[6.0, 8.0]] * 2)
    parameter = nn.Parameter(torch.tensor([3.0, 4.0]))
    first = LARS([{"params": [parameter]}], lr=0.5)
    parameter.grad = gradient
    first.step()
    other = LARS([{"params": [parameter]}], lr=0.5)
    other.load_state_dict(first.state_dict())
    other.step()
    assert parameter.tolist() == whole
