"""Batch norm of all ranks: alone it is the plain one, and two ranks are one process with the whole batch."""

import copy

import pytest
import torch
from torch import distributed, nn

from pipeline.core.train.batch_norm import CommonBatchNorm, synchronised, unremembered
from pipeline.core.train.distribution import interleaved
from tests.ranks import start

CPU = torch.device("cpu")
ROWS = 8


def common(plain):
    """The same batch norm as it is between ranks."""
    made = copy.deepcopy(plain)
    made.__class__ = CommonBatchNorm
    return made


def network(momentum=0.1):
    torch.manual_seed(0)
    norms = nn.BatchNorm2d(4, momentum=momentum), nn.BatchNorm1d(4, momentum=momentum)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), norms[0], nn.ReLU(), nn.Flatten(2), norms[1], nn.Flatten(), nn.Linear(36, 2)
    )


def batch():
    return torch.randn(ROWS, 3, 5, 5, generator=torch.Generator().manual_seed(1)) * 5 + 30


def learned(net, images):
    """Gradients of a loss that is a mean over rows, and the statistics, after three batches."""
    for _ in range(3):
        net.zero_grad(set_to_none=True)
        loss = net(images).square().mean()
        loss.backward()
    return {n: p.grad for n, p in net.named_parameters()}, dict(net.named_buffers()), loss.detach()


@pytest.mark.parametrize("shape", [(6, 4), (6, 4, 7), (6, 4, 3, 5)])
@pytest.mark.parametrize("options", [{}, {"momentum": None}, {"affine": False}, {"track_running_stats": False}])
def test_alone_it_is_plain_batch_norm(shape, options):
    plain = nn.BatchNorm2d(4, **options) if len(shape) == 4 else nn.BatchNorm1d(4, **options)
    mine = common(plain)
    for training in (True, True, False):
        plain.train(training)
        mine.train(training)
        rows = torch.randn(shape, generator=torch.Generator().manual_seed(2)) * 3 + 7
        given = [rows.clone().requires_grad_(True) for _ in range(2)]
        made = [norm(x) for norm, x in zip((plain, mine), given, strict=True)]
        for out in made:
            out.pow(3).sum().backward()
        assert torch.allclose(*made, atol=1e-6)
        assert torch.allclose(given[0].grad, given[1].grad, atol=1e-4)
        for name, buffer in plain.named_buffers():
            assert torch.allclose(buffer, mine.get_buffer(name), rtol=1e-6)


def test_it_keeps_the_precision_of_its_input():
    plain = nn.BatchNorm1d(3)
    assert common(plain)(torch.randn(4, 3, dtype=torch.bfloat16)).dtype == torch.bfloat16


def test_a_module_is_what_it_was_afterwards(monkeypatch):
    monkeypatch.setattr("pipeline.core.train.batch_norm.ranks", lambda: 2)
    net = network()
    before, keys = [type(module) for module in net], list(net.state_dict())
    for device, kind in ((CPU, CommonBatchNorm), (torch.device("cuda"), nn.SyncBatchNorm)):
        with synchronised(net, device):
            assert isinstance(net[1], kind)
            assert isinstance(net[4], kind)
            assert list(net.state_dict()) == keys
        assert [type(module) for module in net] == before


def test_alone_nothing_changes():
    net = network()
    with synchronised(net, CPU):
        assert type(net[1]) is nn.BatchNorm2d


def rank(folder):
    """What each of two ranks does with its rows."""
    distributed.init_process_group("gloo")
    for momentum in (0.1, None):
        net = network(momentum)
        with synchronised(net, CPU):
            gradients, buffers, loss = learned(net, batch()[distributed.get_rank() :: 2])
        for mean in (*gradients.values(), loss):
            distributed.all_reduce(mean)
            mean /= 2
        out = interleaved_outputs(net)
        if distributed.get_rank() == 0:
            torch.save([gradients, buffers, loss, out], f"{folder}/{momentum}.pt")
    distributed.destroy_process_group()


def interleaved_outputs(net):
    net.eval()
    parts = [torch.empty(ROWS // 2, 2) for _ in range(2)]
    distributed.all_gather(parts, net(batch()[distributed.get_rank() :: 2]).detach())
    return interleaved(parts)


@pytest.mark.slow
def test_two_ranks_are_one_process_with_the_whole_batch(tmp_path):
    ended = start(tmp_path, f"{__name__}:rank", tmp_path)
    assert ended.returncode == 0, ended.stderr
    for momentum in (0.1, None):
        net = network(momentum)
        gradients, buffers, loss = learned(net, batch())
        found = torch.load(tmp_path / f"{momentum}.pt", weights_only=True)
        assert torch.allclose(found[2], loss, rtol=1e-6)
        for here, there in ((gradients, found[0]), (buffers, found[1])):
            for name, value in here.items():
                assert torch.allclose(there[name], value, rtol=1e-5, atol=1e-6), (momentum, name)
        assert torch.allclose(found[3], net.eval()(batch()), atol=1e-6)


@pytest.mark.parametrize("kind", [lambda plain: plain, common])
def test_a_pass_that_is_not_remembered_changes_no_statistics_and_answers_alike(kind):
    norm, other = kind(nn.BatchNorm2d(3)), kind(nn.BatchNorm2d(3))
    images = batch()
    with unremembered(norm, other):
        assert torch.equal(norm(images), other(images))
    assert torch.equal(norm.running_mean, torch.zeros(3))
    assert torch.equal(norm.running_var, torch.ones(3))
    norm(images)
    assert torch.allclose(norm.running_mean, 0.1 * images.mean((0, 2, 3)))
