import json
import socket
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json, write_json
from pipeline.core.networks.encoder import load_encoder, save_encoder
from pipeline.core.networks.inspection import inspect_place
from pipeline.core.networks.preprocessor import preprocessing, processor_of

from .conftest import HOSTILE, MODELS, PATCH, WIDTH

CLS = {"vit", "deit", "vit_msn"}  # others say themselves what they pool
COLOURS = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.2, 0.2, 0.1]}


def tiles(size=64, channels=3):
    return np.random.default_rng(0).integers(0, 256, (3, size, size, channels), dtype=np.uint8)


def standardised(images, mean=0.5, std=0.5):
    values = (torch.from_numpy(images).float() / 255 - torch.tensor(mean)) / torch.tensor(std)
    return values.permute(0, 3, 1, 2)


@torch.no_grad()
def theirs(kind, network, values):
    options = {} if kind.startswith(("dino", "resnet", "regnet", "convnext")) else {"interpolate_pos_encoding": True}
    said = network(values, **options)
    return (said.last_hidden_state[:, 0] if kind in CLS else said.pooler_output).flatten(1).numpy()


@pytest.mark.parametrize("kind", MODELS)
def test_features_are_those_of_transformers(saved, kind):
    folder, network = saved(kind)
    found = load_encoder(folder).embed(tiles(), 3)
    assert found.shape == (3, load_encoder(folder).features)
    assert found == pytest.approx(theirs(kind, network, standardised(tiles())), abs=1e-5)


@pytest.mark.parametrize("kind", MODELS)
def test_exported_it_loads_without_its_folder(saved, tmp_path, kind):
    folder, _ = saved(kind)
    encoder = load_encoder(folder)
    digest = save_encoder(tmp_path, encoder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["encoder.config.json", "encoder.safetensors"]
    assert str(folder) not in (tmp_path / "encoder.config.json").read_text()
    again = load_encoder(tmp_path)
    assert np.array_equal(again.embed(tiles(), 3), encoder.embed(tiles(), 3))
    assert save_encoder(tmp_path, again) == digest


@pytest.mark.parametrize("kind", MODELS)
def test_maps(saved, kind):
    encoder = load_encoder(saved(kind)[0])
    _, maps = encoder.outputs(torch.rand(2, 3, 64, 64))
    if "patch_size" in MODELS[kind]:
        shapes = [(WIDTH, 64 // PATCH, 64 // PATCH)] * 4
    else:
        channels = [8, 16, 32, 64] if kind == "swin" else [8, 16, 24, 32]
        shapes = [(c, side, side) for c, side in zip(channels, (16, 8, 4, 2), strict=True)]
    assert [tuple(m.shape[1:]) for m in maps] == shapes
    assert encoder.channels == tuple(shape[0] for shape in shapes)
    images = torch.rand(2, 3, 64, 64)
    assert torch.equal(encoder(images), encoder.outputs(images).features)


@pytest.mark.parametrize("kind", MODELS)
def test_every_weight_that_learns_is_reached(saved, kind):
    encoder = load_encoder(saved(kind)[0])
    encoder(torch.rand(2, 3, 64, 64)).square().sum().backward()
    assert [name for name, p in encoder.named_parameters() if p.requires_grad and p.grad is None] == []


def test_the_last_map_of_a_vit_lies_after_the_last_norm(saved):
    folder, network = saved("vit")
    images = torch.rand(2, 3, 32, 32)
    said = network((images - 0.5) / 0.5, output_hidden_states=True)
    maps = load_encoder(folder).outputs(images).maps
    assert torch.allclose(maps[-1].flatten(2), said.last_hidden_state[:, 1:].transpose(1, 2), atol=1e-5)
    assert torch.allclose(maps[1].flatten(2), said.hidden_states[2][:, 1:].transpose(1, 2), atol=1e-5)


def test_a_map_keeps_the_places_of_its_patches(saved):
    encoder = load_encoder(saved("dinov2_with_registers")[0])
    images = torch.rand(1, 3, 64, 64)
    images[:, :, 16:24, 40:48] += 3.0
    plain = encoder.outputs(images.clamp(0, 1)).maps[0]
    changed = (encoder.outputs(images).maps[0] - plain).norm(dim=1)[0]
    assert divmod(int(changed.argmax()), 8) == (16 // PATCH, 40 // PATCH)


@pytest.mark.parametrize("kind", ["clip", "siglip"])
def test_the_images_part_of_a_model_of_two(saved, kind):
    small = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    parts = {"vision_config": MODELS[f"{kind}_vision_model"], "text_config": {**small, "vocab_size": 100}}
    folder, network = saved(kind, **parts)
    expected = theirs(kind, network.vision_model, standardised(tiles()))
    assert load_encoder(folder).embed(tiles(), 3) == pytest.approx(expected, abs=1e-5)


def test_a_classifier_on_top_is_left_aside(saved):
    from transformers import ViTForImageClassification

    folder, network = saved("vit", kind_of=ViTForImageClassification)
    expected = theirs("vit", network.vit, standardised(tiles()))
    assert load_encoder(folder).embed(tiles(), 3) == pytest.approx(expected, abs=1e-5)


def test_half_precision_is_read_to_single(saved, tmp_path):
    _, network = saved("vit")
    network.to(torch.float16).save_pretrained(tmp_path)
    network.float()
    encoder = load_encoder(tmp_path)
    assert {p.dtype for p in encoder.parameters()} == {torch.float32}
    assert encoder.embed(tiles(), 3) == pytest.approx(theirs("vit", network, standardised(tiles())), abs=1e-5)


def test_four_channels(saved):
    folder, network = saved("vit", num_channels=4)
    expected = theirs("vit", network, standardised(tiles(channels=4)))
    assert load_encoder(folder).embed(tiles(channels=4), 3) == pytest.approx(expected, abs=1e-5)


def test_weights_in_parts(saved, tmp_path):
    folder, network = saved("vit")
    network.save_pretrained(tmp_path, max_shard_size="50kB")
    assert not (tmp_path / "model.safetensors").exists()
    assert np.array_equal(load_encoder(tmp_path).embed(tiles(), 3), load_encoder(folder).embed(tiles(), 3))


def test_normalised_as_its_processor_says(saved, tmp_path):
    _, network = saved("vit", tmp_path)
    write_json(tmp_path / "preprocessor_config.json", {"do_resize": False, **COLOURS})
    expected = theirs("vit", network, standardised(tiles(), *COLOURS.values()))
    assert load_encoder(tmp_path).embed(tiles(), 3) == pytest.approx(expected, abs=1e-5)


def test_resized_and_cut_as_its_processor_says(saved, tmp_path):
    saved("vit", tmp_path)
    said = {"size": {"shortest_edge": 40}, "do_center_crop": True, "crop_size": {"height": 32, "width": 32}}
    write_json(tmp_path / "preprocessor_config.json", {**said, **COLOURS})
    encoder, seen = load_encoder(tmp_path), []
    encoder.body.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    maps = encoder.outputs(torch.rand(2, 3, 64, 64)).maps
    assert seen[0].shape == (2, 3, 32, 32)
    assert maps[-1].shape == (2, WIDTH, 4, 4)


def test_a_tile_of_no_whole_patches_is_told(saved):
    with pytest.raises(ProductError, match="takes images of a multiple of 8 pixels, these have 60"):
        load_encoder(saved("vit")[0]).embed(tiles(60), 3)


def test_a_tensor_of_another_shape_is_told(saved, tmp_path):
    saved("vit", tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    name = next(name for name in weights if name.endswith("layer.2.intermediate.dense.bias"))
    weights[name] = torch.zeros(65)
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(ProductError, match=r"tensor 'layers\.2\.mlp\.fc1\.bias': expected \[64\], found \[65\]"):
        load_encoder(tmp_path)


def test_a_missing_tensor_is_told(saved, tmp_path):
    saved("dinov2", tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    del weights["layernorm.weight"]
    save_file(weights, tmp_path / "model.safetensors")
    with pytest.raises(ProductError, match=r"tensor 'layernorm.weight': expected \[32\], found none"):
        load_encoder(tmp_path)


def test_nothing_is_asked_of_the_network(saved, monkeypatch):
    def connect(self, address):
        raise AssertionError(f"asked {address}")

    folder, _ = saved("vit")
    monkeypatch.setattr(socket.socket, "connect", connect)
    load_encoder(folder)


def test_a_folders_own_code_is_never_run(saved, tmp_path):
    _, network = saved("vit", tmp_path)
    config = read_json(tmp_path / "config.json")
    config["auto_map"] = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}
    config["_attn_implementation"] = "someone/kernels"
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    expected = theirs("vit", network, standardised(tiles()))
    assert load_encoder(tmp_path).embed(tiles(), 3) == pytest.approx(expected, abs=1e-5)
    assert not Path(tmp_path / "ran").exists()


@pytest.mark.parametrize("key", HOSTILE)
def test_nothing_is_fetched_that_a_config_names(saved, tmp_path, key):
    _, network = saved("vit", tmp_path)
    write_json(tmp_path / "config.json", {**read_json(tmp_path / "config.json"), key: HOSTILE[key]})
    encoder = load_encoder(tmp_path)
    assert encoder.embed(tiles(), 3) == pytest.approx(theirs("vit", network, standardised(tiles())), abs=1e-5)
    assert key not in encoder.config["arguments"]["model"]
    encoder.config["arguments"]["model"][key] = HOSTILE[key]
    save_encoder(tmp_path / "own", encoder)
    assert np.array_equal(load_encoder(tmp_path / "own").embed(tiles(), 3), encoder.embed(tiles(), 3))


@pytest.mark.parametrize(
    "changed", [{"hidden_act": "none"}, {"num_attention_heads": 0}, {"layer_norm_eps": "small"}], ids=str
)
def test_a_network_that_cannot_be_built_is_told(saved, tmp_path, changed):
    saved("vit", tmp_path)
    write_json(tmp_path / "config.json", {**read_json(tmp_path / "config.json"), **changed})
    with pytest.raises(ProductError, match="no network can be built of the config") as error:
        load_encoder(tmp_path)
    assert error.value.where == str(tmp_path / "config.json")


def test_tiles_smaller_than_the_windows_of_a_swin_are_told(saved):
    encoder = load_encoder(saved("swin")[0])
    with pytest.raises(ProductError, match="takes images of 64 pixels or more, these have 32"):
        encoder.embed(tiles(32), 3)
    assert encoder.embed(tiles(33), 3).shape == (3, 64)


def test_a_processor_of_images_and_text_says_how_images_are_made(saved, tmp_path):
    _, network = saved("vit", tmp_path)
    write_json(
        tmp_path / "preprocessor_config.json", {"do_resize": False, "image_mean": [0.0] * 3, "image_std": [1.0] * 3}
    )
    write_json(
        tmp_path / "processor_config.json", {"image_processor": {"do_resize": False, **COLOURS}, "tokenizer": {}}
    )
    expected = theirs("vit", network, standardised(tiles(), *COLOURS.values()))
    assert load_encoder(tmp_path).embed(tiles(), 3) == pytest.approx(expected, abs=1e-5)
    assert tmp_path / "processor_config.json" in inspect_place(tmp_path).files


def test_what_transformers_writes_of_a_whole_processor_is_read(tmp_path):
    from transformers import CLIPImageProcessor, CLIPProcessor, CLIPTokenizer

    tokens = {name: place for place, name in enumerate(("<|startoftext|>", "<|endoftext|>", "a</w>"))}
    tokenizer = CLIPTokenizer(vocab=tokens, merges=[])
    CLIPProcessor(CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=32), tokenizer).save_pretrained(tmp_path)
    path, said = processor_of(tmp_path)
    found = preprocessing(said, 3, path)
    assert (found.size, found.crop) == ((32, 32), (32, 32))
    assert found.mean == pytest.approx((0.48145466, 0.4578275, 0.40821073))
