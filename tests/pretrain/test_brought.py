"""An encoder that transformers saved, in an arm."""

import numpy as np
import pytest
import torch

from pipeline.core.networks.encoder import load_encoder
from pipeline.pretrain.sources import read_teacher

from .conftest import SIZE, made

TILES = np.random.default_rng(1).integers(0, 256, (4, SIZE, SIZE, 3), dtype=np.uint8)
UNPRIVILEGED = {"objective": "unprivileged", "privileged": None, "options": {}}


@pytest.fixture
def place(study):
    from transformers import ViTConfig, ViTModel

    torch.manual_seed(3)
    small = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16}
    ViTModel(ViTConfig(image_size=SIZE, patch_size=8, **small)).save_pretrained(study / "brought")
    return "./brought"


@pytest.fixture
def features(study, place):
    return load_encoder(study / place).embed(TILES, 4)


def test_a_frozen_arm_keeps_it(make_job, place, features):
    manifest = made(make_job(objective="pretrained", loss=None, privileged=None, options={}, start=place))
    assert manifest.steps == 0
    assert np.array_equal(load_encoder(manifest.folder).embed(TILES, 4), features)


def test_an_arm_goes_on_from_it(make_job, place, features):
    manifest = made(make_job(**UNPRIVILEGED, start=place))
    assert manifest.steps > 0
    trained = load_encoder(manifest.folder).embed(TILES, 4)
    assert trained.shape == features.shape
    assert not np.allclose(trained, features)


def test_a_student_learns_from_it(make_job, place, features):
    teacher = read_teacher(make_job(teacher=place)).train()
    images = torch.from_numpy(TILES).permute(0, 3, 1, 2) / 255
    assert teacher(images).numpy() == pytest.approx(features, abs=1e-5)
    assert [m.shape for m in teacher.outputs(images).maps] == [(4, 16, 2, 2)] * 4


def test_a_vit_trains_as_any_encoder(study, make_job):
    job = make_job(**UNPRIVILEGED, spec={"encoder": {"size": "tiny", "patch": 8, "image": SIZE}})
    job.code["encoder"] = "pipeline.core.networks.vit:ViTEncoder"
    first, again = (load_encoder(made(job).folder).embed(TILES, 4) for _ in range(2))
    assert first.shape == (4, 192)
    assert np.array_equal(first, again)
