import numpy as np
import pytest
import torch
from torch import nn

from pipeline.core.networks.encoder import load_encoder, unit
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.pretrain import untrained
from pipeline.pretrain.untrained import settle

from .conftest import made

UNTRAINED = {"objective": "untrained", "loss": None, "privileged": None, "options": {}}


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (12, 32, 32, 3), dtype=np.uint8)


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return ResNetEncoder(depth=18, width=4, mean=(0.5,) * 3, std=(0.3,) * 3)


def test_statistics_are_the_mean_of_those_of_the_batches(encoder, images):
    batches = [np.arange(4), np.arange(4, 8), np.arange(8, 12)]
    settle(encoder, images, batches)
    first = next(module for module in encoder.modules() if isinstance(module, nn.BatchNorm2d))
    parts = [encoder.body.conv1((unit(torch.from_numpy(images[rows])) - 0.5) / 0.3) for rows in batches]
    mean = torch.stack([part.mean((0, 2, 3)) for part in parts]).mean(0)
    variance = torch.stack([part.var((0, 2, 3)) for part in parts]).mean(0)
    assert first.running_mean.numpy() == pytest.approx(mean.detach().numpy(), abs=1e-5)
    assert first.running_var.numpy() == pytest.approx(variance.detach().numpy(), rel=1e-4)
    assert first.momentum == 0.1


def test_weights_stay_and_statistics_are_forgotten_before(encoder, images):
    weights = {name: value.clone() for name, value in encoder.named_parameters()}
    settle(encoder, images, [np.arange(12)])
    once = {name: value.clone() for name, value in encoder.named_buffers()}
    settle(encoder, images, [np.arange(12)])
    assert all(torch.equal(value, weights[name]) for name, value in encoder.named_parameters())
    assert all(torch.equal(value, once[name]) for name, value in encoder.named_buffers())
    assert not encoder.training
    assert all(value.grad is None for value in encoder.parameters())


def test_the_exported_encoder_has_them_and_is_the_same_twice(study, make_job):
    one, same, other = (made(make_job(spec={"repeat": repeat}, **UNTRAINED)) for repeat in (0, 0, 1))
    assert one.weights == same.weights != other.weights
    norms = [m for m in load_encoder(one.folder).modules() if isinstance(m, nn.BatchNorm2d)]
    assert all(norm.running_var.ne(1).all() for norm in norms)
    assert all(norm.num_batches_tracked == 6 for norm in norms)  # 24 tiles of training patients


def test_no_more_tiles_are_looked_at_than_the_limit(study, make_job, monkeypatch):
    monkeypatch.setattr(untrained, "LIMIT", 10)
    norms = [m for m in load_encoder(made(make_job(**UNTRAINED)).folder).modules() if isinstance(m, nn.BatchNorm2d)]
    assert norms[0].num_batches_tracked == 3  # in batches of 4 at most, all about alike
