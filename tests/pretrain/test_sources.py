import pytest
import torch

from pipeline.core.errors import ProductError
from pipeline.core.networks import encoder, weights
from pipeline.core.networks.encoder import load_encoder, save_encoder
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.pretrain.sources import read_teacher

from .conftest import made

COLOURS = {"mean": (0.1, 0.2, 0.3), "std": (0.2, 0.2, 0.2)}


@pytest.fixture
def place(study):
    torch.manual_seed(7)
    save_encoder(study / "brought", ResNetEncoder(depth=18, width=8, **COLOURS))
    return "./brought"


def same(left, right):
    return all(torch.equal(a, b) for a, b in zip(left.state_dict().values(), right.state_dict().values(), strict=True))


def test_a_pretrained_arm_is_what_it_starts_from(study, place, make_job):
    manifest = made(make_job(objective="pretrained", loss=None, privileged=None, options={}, start=place))
    assert manifest.steps == 0
    kept, brought = load_encoder(manifest.folder), load_encoder(study / place)
    assert same(kept, brought)
    assert torch.equal(kept.mean, brought.mean)


def test_an_arm_goes_on_from_weights_of_another_size(study, place, make_job):
    trained = load_encoder(made(make_job(objective="unprivileged", privileged=None, options={}, start=place)).folder)
    brought = load_encoder(study / place)
    assert trained.features == brought.features == 64
    assert not same(trained, brought)


def test_a_teacher_stays_as_it_is(place, make_job, study):
    teacher = read_teacher(make_job(teacher=place)).train()
    teacher(torch.rand(4, 3, 16, 16))
    assert not teacher.encoder.training
    assert same(teacher.encoder, load_encoder(study / place))
    assert not any(parameter.requires_grad for parameter in teacher.parameters())


def test_an_encoder_of_other_pictures_is_told(study, make_job):
    save_encoder(study / "grey", ResNetEncoder(depth=18, width=4, mean=(0.5,), std=(0.5,)))
    with pytest.raises(ProductError, match="expected an encoder of RGB pictures, found one of 1 channels"):
        read_teacher(make_job(teacher="./grey"))


def test_it_is_read_on_the_processor_and_no_rank_takes_another_ones_gpu(place, make_job, monkeypatch):
    for module in (encoder, weights):
        monkeypatch.setattr(module, "accelerator", lambda: torch.device("meta"))
    assert read_teacher(make_job(teacher=place)).encoder.mean.device.type == "cpu"
