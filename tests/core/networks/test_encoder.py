import numpy as np
import pytest
import torch

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json
from pipeline.core.networks.encoder import Encoder, load_encoder, save_encoder, unit
from pipeline.core.networks.generators import ResNetGenerator
from pipeline.core.networks.weights import describe, export_weights

COLOUR = {"mean": (0.5, 0.4, 0.3), "std": (0.2, 0.2, 0.2)}


@pytest.mark.parametrize(("depth", "features"), [(18, 32), (50, 128)])
def test_features_by_depth(depth, features):
    encoder = Encoder(depth=depth, width=4, **COLOUR)
    assert encoder(torch.rand(2, 3, 32, 32)).shape == (2, features)
    assert encoder.features == features


def test_full_width_is_the_papers_resnet_50():
    with torch.device("meta"):
        body = Encoder(depth=50, width=64, **COLOUR).body
    assert sum(p.numel() for p in body.parameters()) == 23_508_032  # torchvision's, without its classifier


def test_the_network_sees_standardised_colours():
    encoder, seen = Encoder(depth=18, width=4, **COLOUR), []
    encoder.body.register_forward_hook(lambda module, given, out: seen.append(given[0]))
    encoder(torch.tensor(COLOUR["mean"]).view(1, 3, 1, 1).expand(2, 3, 16, 16) + 0.2)
    assert torch.allclose(seen[0], torch.ones(2, 3, 16, 16), atol=1e-5)


def test_exported_and_loaded_it_gives_the_same_features(tmp_path):
    torch.manual_seed(0)
    encoder = Encoder(depth=18, width=4, **COLOUR)
    encoder(torch.rand(4, 3, 16, 16))  # moves the running statistics
    images = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)
    digest = save_encoder(tmp_path, encoder)
    assert np.array_equal(load_encoder(tmp_path).embed(images, 2), encoder.embed(images, 2))
    assert save_encoder(tmp_path, load_encoder(tmp_path)) == digest


def test_embedding_does_not_depend_on_the_batch():
    torch.manual_seed(0)
    encoder = Encoder(depth=18, width=4, **COLOUR)
    images = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)
    assert encoder.embed(images, 2) == pytest.approx(encoder.embed(images, 5), abs=1e-5)
    assert encoder.embed(images[:0], 2).shape == (0, 32)


def test_a_loaded_encoder_is_on_the_accelerator(tmp_path, monkeypatch):
    save_encoder(tmp_path, Encoder(depth=18, width=4, **COLOUR))
    monkeypatch.setattr("pipeline.core.networks.weights.accelerator", lambda: torch.device("meta"))
    encoder = load_encoder(tmp_path)
    assert {tensor.device.type for tensor in (*encoder.parameters(), *encoder.buffers())} == {"meta"}


def test_unit_range():
    images = torch.tensor([[[[0, 51, 255]]]], dtype=torch.uint8)
    assert unit(images).flatten().tolist() == pytest.approx([0, 0.2, 1])


def test_its_config_is_that_of_every_network(tmp_path):
    save_encoder(tmp_path, Encoder(depth=18, width=4, **COLOUR))
    arguments = {"depth": 18, "width": 4, "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.2, 0.2]}
    assert read_json(tmp_path / "encoder.config.json") == {"network": "encoder:Encoder", "arguments": arguments}


def test_another_network_is_no_encoder(tmp_path):
    config = describe(ResNetGenerator, width=2, blocks=1)
    export_weights(tmp_path, "encoder", ResNetGenerator(2, 1), config)
    with pytest.raises(ProductError, match="expected an encoder, found ResNetGenerator"):
        load_encoder(tmp_path)


def test_no_encoder_is_an_error(tmp_path):
    with pytest.raises(ProductError, match="no exported network"):
        load_encoder(tmp_path)
