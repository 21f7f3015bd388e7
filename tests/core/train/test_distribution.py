import pytest
import torch
from lightning_fabric.strategies.ddp import DDPStrategy

from pipeline.core.train.distribution import (
    Placement,
    average,
    gathered,
    interleaved,
    mine,
    of_all,
    ranks,
    summed,
)


def test_alone_nothing_happens():
    rows = torch.randn(4, 3, requires_grad=True)
    assert (ranks(), of_all("x")) == (1, ["x"])
    assert gathered(rows) is rows
    assert average(rows) is rows
    assert summed(rows) is rows
    assert mine(rows) is rows


@pytest.mark.parametrize("count", [1, 2, 3])
def test_rows_come_back_in_the_order_of_the_whole_batch(count):
    whole = torch.arange(12).reshape(6, 2)
    assert torch.equal(interleaved([whole[rank::count] for rank in range(count)]), whole)


def test_gradients_find_their_rows():
    parts = [torch.zeros(2, 1, requires_grad=True) for _ in range(2)]
    (interleaved(parts).flatten() * torch.arange(4.0)).sum().backward()
    assert [part.grad.flatten().tolist() for part in parts] == [[0, 2], [1, 3]]


def test_without_a_starter_there_is_one_device(monkeypatch):
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    monkeypatch.setenv("WORLD_SIZE", "8")  # somebody else's
    assert Placement.here() == Placement(1, 1)


def test_what_torchrun_started_is_found(monkeypatch):
    for name, value in {"TORCHELASTIC_RUN_ID": "x", "LOCAL_WORLD_SIZE": "4", "WORLD_SIZE": "8"}.items():
        monkeypatch.setenv(name, value)
    assert Placement.here() == Placement(devices=4, nodes=2)


@pytest.mark.parametrize(("placement", "unused"), [(Placement(devices=2), False), (Placement(nodes=2), True)])
def test_the_strategy_follows_placement_and_learner(placement, unused):
    strategy = placement.strategy(unused=unused)
    assert type(strategy) is DDPStrategy
    assert strategy._ddp_kwargs == {"broadcast_buffers": False, "find_unused_parameters": unused}


def test_one_device_needs_no_strategy():
    assert Placement().strategy(unused=True) == "auto"
