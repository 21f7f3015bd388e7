from functools import partial

import pytest
import torch
from torch import nn

from pipeline.core.networks.conditional_norm import Conditions, PlainNorm, Spade
from pipeline.core.networks.presence_unet import PresenceUNet
from pipeline.core.networks.semantic_unet import SemanticUNet
from pipeline.core.networks.timed import HeadAttention, TimedBlock
from pipeline.core.networks.timed_unet import Shape, TimedUNet
from pipeline.core.networks.weights import describe, export_weights, import_network

SHAPE = {"width": 8, "mult": [1, 2, 2], "blocks": 2, "attention": [2]}
KNOWN = {"classes": 3, "steps": 50, **SHAPE}


def state(channels: int = 3) -> torch.Tensor:
    return torch.randn(2, channels, 16, 16, generator=torch.Generator().manual_seed(0))


def picture(seed: int = 1) -> torch.Tensor:
    return torch.rand(2, 5, 16, 16, generator=torch.Generator().manual_seed(seed))


def awake(network: nn.Module) -> nn.Module:
    """With random weights where they begin at zero."""
    generator = torch.Generator().manual_seed(2)
    for parameter in network.parameters():
        parameter.data = 0.2 * torch.randn(parameter.shape, generator=generator)
    return network.eval()


def test_the_way_down_leaves_a_map_for_every_block_of_the_way_up() -> None:
    body = TimedUNet((3, 6), Shape(8, (1, 2, 2), 2, (2,)), 50)
    found = body.encode(state(), body.time(torch.tensor([1, 50])))
    sides = [16, 16, 16, 8, 8, 8, 4, 4, 4]
    assert [part.shape[-1] for part in found] == sides
    assert [part.shape[1] for part in found] == [8, 8, 8, 8, 16, 16, 16, 16, 16]
    assert len(body.up) == len(found)
    assert body.multiple == 4


def test_levels_attend_that_are_asked_to_and_the_middle() -> None:
    count = [
        sum(isinstance(part, HeadAttention) for part in TimedUNet((3, 6), Shape(8, (1, 2), 2, levels), 50).modules())
        for levels in ((), (1,), (0, 1))
    ]
    assert count == [1, 1 + 2 + 3, 1 + 2 * (2 + 3)]


def test_noise_begins_at_zero_and_the_variance_in_the_middle() -> None:
    ((noise, share),) = SemanticUNet(hidden=4, **KNOWN)(state(), torch.tensor([1, 50]), Conditions(picture()))
    assert noise.shape == share.shape == (2, 3, 16, 16)
    assert noise.abs().max() == 0
    assert (share == 0.5).all()


def test_the_mask_reaches_the_middle_and_the_way_up_alone() -> None:
    body = SemanticUNet(hidden=4, **KNOWN).body

    def norms(parts: nn.ModuleList) -> set[type]:
        blocks = [part for part in parts.modules() if isinstance(part, TimedBlock)]
        return {type(norm) for block in blocks for norm in (block.first_norm, block.second_norm)}

    assert (norms(body.down), norms(body.middle), norms(body.up)) == ({PlainNorm}, {Spade}, {Spade})


def test_one_way_down_serves_two_conditions() -> None:
    network, times = awake(SemanticUNet(hidden=4, **KNOWN)), torch.tensor([3, 40])
    one, other = Conditions(picture()), Conditions(picture(5))
    both = network(state(), times, one, other)
    for found, alone in zip(both, (one, other), strict=True):
        (expected,) = network(state(), times, alone)
        assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))
    assert (both[0][0] - both[1][0]).abs().max() > 1e-3


def test_wishes_and_time_change_what_is_drawn() -> None:
    network = awake(PresenceUNet(**KNOWN))
    ask = partial(network, state(4))
    all_of, none = torch.ones(2, 4), torch.zeros(2, 4)
    first, share = ask(torch.tensor([3, 3]), all_of)
    assert first.shape == share.shape == (2, 4, 16, 16)
    assert (first - ask(torch.tensor([3, 3]), none)[0]).abs().max() > 1e-3
    assert (first - ask(torch.tensor([9, 9]), all_of)[0]).abs().max() > 1e-3


@pytest.mark.parametrize(("kind", "more"), [(SemanticUNet, {"hidden": 4}), (PresenceUNet, {})])
def test_an_exported_network_is_the_same(kind, more, tmp_path) -> None:
    network = awake(kind(**KNOWN, **more))
    export_weights(tmp_path, "generator", network, describe(kind, **KNOWN, **more))
    again = import_network(tmp_path, "generator", torch.device("cpu"))
    assert isinstance(again, kind)
    assert (again.classes, again.steps) == (3, 50)
    assert all(torch.equal(a, b) for a, b in zip(network.parameters(), again.parameters(), strict=True))
