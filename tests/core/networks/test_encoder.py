import json
import struct

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json
from pipeline.core.networks.encoder import Encoder, load_encoder, save_encoder, unit
from pipeline.core.networks.generators import ResNetGenerator
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.networks.weights import describe, export_weights

COLOUR = {"mean": (0.5, 0.4, 0.3), "std": (0.2, 0.2, 0.2)}
FOUR = {"mean": (0.5, 0.4, 0.3, 0.1), "std": (0.2, 0.2, 0.2, 0.1)}


def small(**colour):
    torch.manual_seed(0)
    return ResNetEncoder(depth=18, width=4, **(colour or COLOUR))


def pixels(channels=3, dtype=np.uint8):
    return np.random.default_rng(0).integers(0, np.iinfo(dtype).max + 1, (5, 32, 32, channels), dtype=dtype)


def test_exported_and_loaded_it_gives_the_same_features(tmp_path):
    encoder = small()
    encoder(torch.rand(4, 3, 16, 16))  # moves the running statistics
    digest = save_encoder(tmp_path, encoder)
    assert np.array_equal(load_encoder(tmp_path).embed(pixels(), 2), encoder.embed(pixels(), 2))
    assert save_encoder(tmp_path, load_encoder(tmp_path)) == digest


def test_a_file_beside_its_config_is_loaded_too(tmp_path):
    encoder = small()
    export_weights(tmp_path, "mine", encoder, encoder.config)
    assert np.array_equal(load_encoder(tmp_path / "mine.safetensors").embed(pixels(), 2), encoder.embed(pixels(), 2))


def test_embedding_does_not_depend_on_the_batch():
    encoder = small()
    assert encoder.embed(pixels(), 2) == pytest.approx(encoder.embed(pixels(), 5), abs=1e-5)
    assert encoder.embed(pixels()[:0], 2).shape == (0, 32)


def test_as_many_channels_as_there_are_means():
    assert small(**FOUR).embed(pixels(channels=4), 5).shape == (5, 32)
    with pytest.raises(ProductError, match="takes images of 4 channels, these have 3"):
        small(**FOUR).embed(pixels(channels=3), 5)


def test_16_bits_are_the_same_picture():
    fine = pixels().astype(np.uint16) * 257  # 255 to 65535
    assert small().embed(fine, 5) == pytest.approx(small().embed(pixels(), 5), abs=1e-5)


def test_a_loaded_encoder_is_on_the_accelerator(tmp_path, monkeypatch):
    save_encoder(tmp_path, small())
    monkeypatch.setattr("pipeline.core.networks.weights.accelerator", lambda: torch.device("meta"))
    encoder = load_encoder(tmp_path)
    assert {tensor.device.type for tensor in (*encoder.parameters(), *encoder.buffers())} == {"meta"}


@pytest.mark.parametrize(("dtype", "values"), [(torch.uint8, [0, 51, 255]), (torch.uint16, [0, 13107, 65535])])
def test_unit_range(dtype, values):
    images = torch.tensor([[[values]]], dtype=torch.int32).to(dtype)
    assert unit(images).dtype == torch.float32
    assert unit(images).shape == (1, 3, 1, 1)
    assert unit(images).flatten().tolist() == pytest.approx([0, 0.2, 1])


def test_its_config_is_that_of_every_network(tmp_path):
    save_encoder(tmp_path, small())
    arguments = {"depth": 18, "width": 4, "stem": "standard", "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.2, 0.2]}
    assert read_json(tmp_path / "encoder.config.json") == {"network": "resnet:ResNetEncoder", "arguments": arguments}


def test_another_network_is_no_encoder(tmp_path):
    config = describe(ResNetGenerator, width=2, blocks=1)
    export_weights(tmp_path, "encoder", ResNetGenerator(2, 1), config)
    with pytest.raises(ProductError, match="expected an encoder, found ResNetGenerator"):
        load_encoder(tmp_path)


def test_what_every_encoder_is_is_none_itself(tmp_path):
    export_weights(tmp_path, "encoder", small(), describe(Encoder))
    with pytest.raises(ProductError, match="has no network 'encoder:Encoder'"):
        load_encoder(tmp_path)


def test_no_encoder_is_an_error(tmp_path):
    with pytest.raises(ProductError, match="no encoder: there is no config"):
        load_encoder(tmp_path)


def test_no_weights_are_an_error(tmp_path):
    save_encoder(tmp_path, small())
    (tmp_path / "encoder.safetensors").unlink()
    with pytest.raises(ProductError, match="no weights") as error:
        load_encoder(tmp_path)
    assert error.value.where == str(tmp_path / "encoder.safetensors")


@pytest.mark.parametrize("old", [False, True])
def test_pickled_weights_are_never_loaded(tmp_path, old):
    save_encoder(tmp_path, small())
    torch.save(small().state_dict(), tmp_path / "encoder.safetensors", _use_new_zipfile_serialization=not old)
    with pytest.raises(ProductError, match="expected safetensors, found pickled weights"):
        load_encoder(tmp_path)


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_a_cut_file_is_told(tmp_path, kept):
    save_encoder(tmp_path, small())
    path = tmp_path / "encoder.safetensors"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ProductError, match="not a whole safetensors file"):
        load_encoder(tmp_path)


def test_a_header_that_promises_more_than_there_is_is_told(tmp_path):
    save_encoder(tmp_path, small())
    header = json.dumps({"a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}).encode()
    (tmp_path / "encoder.safetensors").write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(ProductError, match="not a whole safetensors file"):
        load_encoder(tmp_path)


def test_weights_of_another_shape_are_told_by_tensor(tmp_path):
    save_encoder(tmp_path / "four", small(**FOUR))
    save_encoder(tmp_path / "three", small())
    (tmp_path / "three/encoder.safetensors").replace(tmp_path / "four/encoder.safetensors")
    with pytest.raises(ProductError) as error:
        load_encoder(tmp_path / "four")
    said = "tensor 'body.conv1.weight': expected [4, 4, 7, 7], found [4, 3, 7, 7]"
    assert error.value.message == f"the weights are of another network: {said}"


@pytest.mark.parametrize(("change", "said"), [("less", "found none"), ("more", "expected none, found [2]")])
def test_a_tensor_too_few_or_too_many_is_told(tmp_path, change, said):
    save_encoder(tmp_path, small())
    weights = load_file(tmp_path / "encoder.safetensors")
    if change == "less":
        del weights["body.bn1.bias"]
    else:
        weights["head.bias"] = torch.zeros(2)
    save_file(weights, tmp_path / "encoder.safetensors")
    with pytest.raises(ProductError) as error:
        load_encoder(tmp_path)
    assert error.value.message.endswith(said)
