import subprocess
import sys

import numpy as np
import pytest
import torch

from pipeline.core.networks.encoder import load_encoder, save_encoder
from pipeline.core.networks.vit import ViTEncoder

COLOUR = {"mean": (0.5, 0.4, 0.3), "std": (0.2, 0.2, 0.2)}


def tiny(seed=0, **options):
    torch.manual_seed(seed)
    return ViTEncoder(**{"size": "tiny", "patch": 8, "image": 32, **COLOUR, **options})


@pytest.mark.parametrize(("size", "parameters"), [("tiny", 5_524_416), ("small", 21_665_664), ("base", 85_798_656)])
def test_it_is_as_large_as_in_the_papers(size, parameters):
    with torch.device("meta"):
        encoder = ViTEncoder(size=size, patch=16, **COLOUR)
    assert sum(p.numel() for p in encoder.parameters()) == parameters  # timm's, without its classifier


@pytest.mark.parametrize("side", [32, 64])
def test_four_maps_at_the_stride_of_a_patch(side):
    encoder = tiny()
    features, maps = encoder.outputs(torch.rand(2, 3, side, side))
    assert features.shape == (2, encoder.features) == (2, 192)
    assert [m.shape for m in maps] == [(2, 192, side // 8, side // 8)] * 4
    assert encoder.channels == (192,) * 4


def test_forward_gives_the_features():
    encoder, images = tiny().eval(), torch.rand(2, 3, 32, 32)
    assert torch.equal(encoder(images), encoder.outputs(images).features)


def test_weights_follow_torchs_generator():
    one, again, other = (tiny(seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(one[key], again[key]) for key in one)
    assert not torch.equal(one["body.embeddings.cls_token"], other["body.embeddings.cls_token"])
    assert not torch.equal(one["body.layers.0.mlp.fc1.weight"], other["body.layers.0.mlp.fc1.weight"])


def test_a_pixel_far_away_acts_on_a_feature():
    """Attention reaches over the whole tile."""
    encoder, images = tiny().eval(), torch.rand(1, 3, 32, 32)
    changed = images.clone()
    changed[..., -1, -1] = 0
    assert not torch.allclose(encoder.outputs(images).maps[0][..., 0, 0], encoder.outputs(changed).maps[0][..., 0, 0])


def test_exported_and_loaded_it_gives_the_same_features(tmp_path):
    encoder = tiny(mean=(0.5,) * 4, std=(0.2,) * 4)
    images = np.random.default_rng(0).integers(0, 65536, (3, 32, 32, 4), dtype=np.uint16)
    digest = save_encoder(tmp_path, encoder)
    again = load_encoder(tmp_path)
    assert isinstance(again, ViTEncoder)
    assert np.array_equal(again.embed(images, 2), encoder.embed(images, 2))
    assert save_encoder(tmp_path, again) == digest


@pytest.mark.slow
def test_a_resnet_is_loaded_without_transformers(tmp_path):
    code = """
import sys
from pathlib import Path
from pipeline.core.networks.encoder import load_encoder, save_encoder
from pipeline.core.networks.inspection import inspect_place
from pipeline.core.networks.resnet import ResNetEncoder
save_encoder(Path(sys.argv[1]), ResNetEncoder(depth=18, width=4, mean=(0.5,), std=(0.2,)))
load_encoder(Path(sys.argv[1]))
assert not {"transformers", "pipeline.core.networks.transformers_encoder"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
