import pytest
import torch
from torch import nn

from pipeline.core.train.ema import Ema


def test_weights_after_k_steps_towards_a_constant():
    network = nn.Linear(2, 2)
    start = network.weight.detach().clone()
    ema = Ema(network, 0.9)
    nn.init.constant_(network.weight, 1.0)
    for _ in range(5):
        ema.update(network)
    assert torch.allclose(ema.network.weight, 0.9**5 * start + (1 - 0.9**5))


@pytest.mark.parametrize(("decay", "share"), [(0.0, 1.0), (0.75, 0.25)])
def test_a_step_takes_its_share(decay, share):
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    ema = Ema(network, decay)
    nn.init.ones_(network.weight)
    ema.update(network)
    assert ema.network.weight.item() == share


def test_a_step_may_have_a_decay_of_its_own():
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    ema = Ema(network, 0.9)
    nn.init.ones_(network.weight)
    ema.update(network, 1.0)
    assert ema.network.weight.item() == 0
    ema.update(network, 0.5)
    assert ema.network.weight.item() == 0.5


def test_an_average_that_rises_follows_fast_and_then_by_its_decay():
    ema = Ema(nn.Linear(1, 1), 0.9)
    assert [ema.rising(step) for step in (1, 8, 80, 10_000)] == pytest.approx([2 / 11, 0.5, 0.9, 0.9])


def test_buffers_are_copied():
    network = nn.BatchNorm1d(2)
    ema = Ema(network, 0.9)
    network(torch.randn(8, 2) + 3)
    ema.update(network)
    assert torch.equal(ema.network.running_mean, network.running_mean)
    assert int(ema.network.num_batches_tracked) == 1


def test_the_average_is_state_without_gradient_and_its_own_copy():
    network = nn.Linear(2, 2)
    ema = Ema(network, 0.9)
    assert sorted(ema.state_dict()) == ["network.bias", "network.weight"]
    assert not any(parameter.requires_grad for parameter in ema.parameters())
    assert network.weight.requires_grad
    assert ema.network.weight.data_ptr() != network.weight.data_ptr()
