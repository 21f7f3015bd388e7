import pytest
import torch
from torch import nn

from pipeline.core.train.lars import LARS
from pipeline.pretrain.optimizers import KERAS_EPSILON, make_optimizer


@pytest.fixture
def network():
    made = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2))
    made[2].requires_grad_(False)
    return made


def test_only_what_learns_is_optimised(network):
    (group,) = make_optimizer("adam", network.parameters(), 0.1, {}).param_groups
    assert [parameter.shape for parameter in group["params"]] == [(4, 3, 3, 3), (4,), (4,), (4,)]
    assert (group["lr"], group["eps"], group["weight_decay"]) == (0.1, KERAS_EPSILON, 0)


@pytest.mark.parametrize(
    ("name", "options", "kind"),
    [
        ("adamw", {"weight_decay": 0.05}, torch.optim.AdamW),
        ("lars", {"weight_decay": 1e-6, "momentum": 0.8}, LARS),
        ("sgd", {"weight_decay": 5e-4, "momentum": 0.9}, torch.optim.SGD),
    ],
)
def test_biases_and_norms_are_spared(network, name, options, kind):
    made = make_optimizer(name, network.parameters(), 0.1, options)
    decayed, spared = made.param_groups
    assert type(made) is kind
    assert [parameter.dim() for parameter in decayed["params"]] == [4]
    assert [parameter.dim() for parameter in spared["params"]] == [1, 1, 1]
    assert (decayed["weight_decay"], spared["weight_decay"]) == (options["weight_decay"], 0)
    if name == "lars":
        assert [(group["adapts"], group["momentum"]) for group in (decayed, spared)] == [(True, 0.8), (False, 0.8)]
