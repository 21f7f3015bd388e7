import json
import shutil
import subprocess
import sys

import pytest
import torch
from safetensors.torch import save_file

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json, write_json
from pipeline.core.networks.encoder import load_encoder, save_encoder
from pipeline.core.networks.inspection import Facts, inspect_place
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.networks.vit import ViTEncoder
from pipeline.core.networks.weights import export_weights
from pipeline.engine.closure import closure

from .conftest import MODELS

HOME = "pipeline.core.networks"
FOUR = {"mean": (0.5,) * 4, "std": (0.2,) * 4}
PROCESSOR = {"do_resize": False, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}


def resnet(**options):
    return ResNetEncoder(**{"depth": 18, "width": 4, **FOUR, **options})


def vit(**options):
    return ViTEncoder(**{"size": "tiny", "patch": 8, "image": 16, **FOUR, **options})


@pytest.mark.parametrize("load", [inspect_place, load_encoder])
class TestMistakes:
    """What the files alone tell is told before anything is loaded, and by whoever loads it."""

    def check(self, load, place, match, where=None):
        with pytest.raises(ProductError, match=match) as error:
            load(place)
        assert error.value.where == str(where or place)
        assert error.value.fix

    def test_nothing(self, load, tmp_path):
        self.check(load, tmp_path / "none", "no encoder: there is no such file or folder")
        self.check(load, tmp_path / "none.safetensors", "no encoder: there is no such file or folder")

    def test_an_empty_folder(self, load, tmp_path):
        self.check(load, tmp_path, "no encoder: there is no config")

    def test_weights_without_a_config(self, load, tmp_path):
        save_file({"a": torch.zeros(1)}, tmp_path / "a.safetensors")
        self.check(load, tmp_path / "a.safetensors", "no encoder: there is no config")

    @pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pth", "last.ckpt"])
    def test_pickled_weights(self, load, tmp_path, name):
        torch.save(resnet().state_dict(), tmp_path / name)
        self.check(load, tmp_path, "expected safetensors, found pickled weights", tmp_path / name)
        self.check(load, tmp_path / name, "expected safetensors, found pickled weights")

    def test_pickled_weights_in_a_folder_of_transformers(self, load, saved, tmp_path):
        _, network = saved("vit", tmp_path)
        (tmp_path / "model.safetensors").unlink()
        torch.save(network.state_dict(), tmp_path / "pytorch_model.bin")
        self.check(load, tmp_path, "pickled weights", tmp_path / "pytorch_model.bin")

    def test_pickled_weights_by_another_name(self, load, saved, tmp_path):
        _, network = saved("vit", tmp_path)
        torch.save(network.state_dict(), tmp_path / "model.safetensors")
        self.check(load, tmp_path, "pickled weights", tmp_path / "model.safetensors")

    @pytest.mark.parametrize("kept", [4, 100, -1])
    def test_a_cut_file(self, load, saved, tmp_path, kept):
        saved("vit", tmp_path)
        path = tmp_path / "model.safetensors"
        path.write_bytes(path.read_bytes()[:kept])
        self.check(load, tmp_path, "not a whole safetensors file", path)

    def test_a_cut_config(self, load, saved, tmp_path):
        saved("vit", tmp_path)
        path = tmp_path / "config.json"
        path.write_bytes(path.read_bytes()[:40])
        self.check(load, tmp_path, "not JSON", path)

    def test_a_missing_part(self, load, saved, tmp_path):
        _, network = saved("vit", tmp_path / "whole")
        network.save_pretrained(tmp_path, max_shard_size="50kB")
        part = sorted(tmp_path.glob("model-*.safetensors"))[1]
        part.unlink()
        self.check(load, tmp_path, "no weights", part)

    def test_an_index_of_nothing(self, load, saved, tmp_path):
        saved("vit", tmp_path)
        (tmp_path / "model.safetensors").unlink()
        self.check(load, tmp_path, "no weights", tmp_path / "model.safetensors")
        write_json(tmp_path / "model.safetensors.index.json", {"weight_map": {}})
        self.check(load, tmp_path, "the index names no weights", tmp_path / "model.safetensors.index.json")

    @pytest.mark.parametrize(
        ("config", "match"),
        [
            ({"model_type": "bert"}, "found model_type 'bert'"),
            ({"architecture": "vit_large_patch16_224"}, "found a folder of timm"),
            ({}, "found model_type None"),
            ([1], "expected a JSON object, found list"),
        ],
    )
    def test_a_model_that_is_not_supported(self, load, saved, tmp_path, config, match):
        saved("vit", tmp_path)
        (tmp_path / "config.json").write_text(json.dumps(config))
        self.check(load, tmp_path, match, tmp_path / "config.json")

    @pytest.mark.parametrize(
        ("changed", "match"),
        [
            ({"num_channels": 4}, r"projection.weight': expected \[32, 4, 8, 8\], found \[32, 3, 8, 8\]"),
            ({"hidden_size": 48}, r"projection.weight': expected \[48, 3, 8, 8\], found \[32, 3, 8, 8\]"),
        ],
    )
    def test_weights_of_another_shape(self, load, saved, tmp_path, changed, match):
        saved("vit", tmp_path)
        write_json(tmp_path / "config.json", {**read_json(tmp_path / "config.json"), **changed})
        self.check(load, tmp_path, match, tmp_path / "model.safetensors")

    def test_own_weights_of_another_shape(self, load, tmp_path):
        save_encoder(tmp_path / "narrow", resnet(width=2))
        save_encoder(tmp_path, resnet())
        (tmp_path / "narrow/encoder.safetensors").replace(tmp_path / "encoder.safetensors")
        match = r"'body.conv1.weight': expected \[4, 4, 7, 7\], found \[2, 4, 7, 7\]"
        self.check(load, tmp_path, match, tmp_path / "encoder.safetensors")

    @pytest.mark.parametrize("channels", [None, 0, "3", [3]])
    def test_no_number_of_channels(self, load, saved, tmp_path, channels):
        saved("vit", tmp_path)
        write_json(tmp_path / "config.json", {**read_json(tmp_path / "config.json"), "num_channels": channels})
        self.check(load, tmp_path, "expected a number of channels", f"{tmp_path / 'config.json'}: num_channels")

    @pytest.mark.parametrize(
        "name", [1, None, [], "..", "../model-00001.safetensors", "/etc/model.safetensors", "model.bin"]
    )
    def test_an_index_of_files_elsewhere(self, load, saved, tmp_path, name):
        saved("vit", tmp_path)
        (tmp_path / "model.safetensors").rename(tmp_path.with_name("model-00001.safetensors"))
        index = tmp_path / "model.safetensors.index.json"
        write_json(index, {"weight_map": {"a": name}})
        self.check(
            load, tmp_path, "expected the name of a .safetensors file of the same folder", f"{index}: weight_map"
        )

    def test_widths_of_no_stages(self, load, saved, tmp_path):
        saved("convnext", tmp_path)
        write_json(tmp_path / "config.json", {**read_json(tmp_path / "config.json"), "hidden_sizes": [], "depths": []})
        self.check(load, tmp_path, "expected blocks", tmp_path / "model.safetensors")

    def test_a_processor_of_other_channels(self, load, saved, tmp_path):
        saved("vit", tmp_path, num_channels=4)
        write_json(tmp_path / "preprocessor_config.json", PROCESSOR)
        where = f"{tmp_path / 'preprocessor_config.json'}: image_mean"
        self.check(load, tmp_path, "the network takes 4 channels", where)


@pytest.mark.parametrize("kind", MODELS)
def test_facts_of_a_folder_of_transformers(saved, kind):
    folder, _ = saved(kind)
    facts = inspect_place(folder)
    assert (facts.channels, facts.code) == (3, "pipeline.core.networks.folder:read_folder")
    assert facts.multiple == MODELS[kind].get("patch_size", 1)
    assert facts.files == (folder / "config.json", folder / "model.safetensors")


@pytest.mark.parametrize("kind", MODELS)
def test_other_numbers_of_blocks_are_told(saved, tmp_path, kind):
    saved(kind, tmp_path)
    config = read_json(tmp_path / "config.json")
    longer = {"depths": [2, *config["depths"][1:]]} if "depths" in config else {"num_hidden_layers": 5}
    write_json(tmp_path / "config.json", {**config, **longer})
    with pytest.raises(ProductError, match=r"expected blocks \[(5|2, 2, 1, 1)\], found \[(4|1, 2, 1, 1)\]"):
        inspect_place(tmp_path)


def test_all_files_are_named(saved, tmp_path):
    _, network = saved("vit", tmp_path / "whole")
    network.save_pretrained(tmp_path, max_shard_size="100kB")
    write_json(tmp_path / "preprocessor_config.json", PROCESSOR)
    files = {path.name for path in inspect_place(tmp_path).files}
    parts = {path.name for path in tmp_path.glob("model-*.safetensors")}
    assert files == {"config.json", "model.safetensors.index.json", "preprocessor_config.json", *parts}


@pytest.mark.parametrize(
    ("make", "options", "multiple", "code"),
    [
        (resnet, {"depth": 18}, 1, "resnet:ResNetEncoder"),
        (resnet, {"depth": 34}, 1, "resnet:ResNetEncoder"),
        (resnet, {"depth": 50, "stem": "small"}, 1, "resnet:ResNetEncoder"),
        (vit, {"patch": 4}, 4, "vit:ViTEncoder"),
    ],
)
def test_facts_of_an_own_encoder(tmp_path, make, options, multiple, code):
    save_encoder(tmp_path, make(**options))
    facts = inspect_place(tmp_path)
    assert facts == Facts(4, multiple, f"pipeline.core.networks.{code}", facts.files)
    assert facts.files == (tmp_path / "encoder.config.json", tmp_path / "encoder.safetensors")


def test_facts_of_an_exported_network_of_transformers(saved, tmp_path):
    save_encoder(tmp_path, load_encoder(saved("dinov2")[0]))
    facts = inspect_place(tmp_path)
    code = "pipeline.core.networks.transformers_encoder:TransformersEncoder"
    assert (facts.channels, facts.multiple, facts.code) == (3, 8, code)


def test_what_resizes_its_images_takes_any(saved, tmp_path):
    saved("vit", tmp_path / "brought")
    write_json(tmp_path / "brought/preprocessor_config.json", {**PROCESSOR, "do_resize": True, "size": 32})
    save_encoder(tmp_path, load_encoder(tmp_path / "brought"))
    assert [inspect_place(place).multiple for place in (tmp_path, tmp_path / "brought")] == [1, 1]


def test_a_file_beside_its_config(tmp_path):
    export_weights(tmp_path, "mine", resnet(), resnet().config)
    assert inspect_place(tmp_path / "mine.safetensors").code.endswith("resnet:ResNetEncoder")


@pytest.mark.parametrize(
    ("is_of", "said", "match"),
    [
        (resnet(), resnet(depth=34), r"expected blocks \[3, 4, 6, 3\], found \[2, 2, 2, 2\]"),
        (resnet(depth=34), resnet(depth=50), r"expected \[128, 64, 1, 1\], found \[32, 16, 1, 1\]"),
        (resnet(), resnet(stem="small"), r"expected \[4, 4, 3, 3\], found \[4, 4, 7, 7\]"),
        (vit(), vit(patch=4), r"expected \[192, 4, 4, 4\], found \[192, 4, 8, 8\]"),
        (resnet(), vit(), r"expected \[192, 4, 8, 8\], found none"),
    ],
    ids=["depth", "kind of block", "stem", "patch", "family"],
)
def test_weights_of_another_own_encoder(tmp_path, is_of, said, match):
    export_weights(tmp_path, "encoder", is_of, said.config)
    with pytest.raises(ProductError, match=match):
        inspect_place(tmp_path)


@pytest.mark.parametrize("config", [{}, {"network": "resnet:ResNetEncoder", "arguments": {}}, {"arguments": None}])
def test_a_config_of_nothing(tmp_path, config):
    export_weights(tmp_path, "encoder", resnet(), config)
    with pytest.raises(ProductError, match="no config of an encoder"):
        inspect_place(tmp_path)


@pytest.mark.parametrize("network", ["generators:ResNetGenerator", "../evil:Encoder", ["resnet"], None])
def test_another_network_is_no_encoder(tmp_path, network):
    export_weights(tmp_path, "encoder", resnet(), {"network": network, "arguments": {"ngf": 4}})
    with pytest.raises(ProductError, match="no config of an encoder"):
        inspect_place(tmp_path)


def test_of_a_family_without_a_check_all_but_the_weights_is_known(tmp_path):
    """A new family needs no entry here; its weights are compared on loading."""
    config = {"network": "pyramid:Pyramid", "arguments": {**FOUR, "patch": 7}}
    export_weights(tmp_path, "encoder", resnet(), config)
    facts = inspect_place(tmp_path)
    assert (facts.channels, facts.multiple, facts.code) == (4, 7, "pipeline.core.networks.pyramid:Pyramid")


def test_what_loads_own_encoders_knows_no_model_types():
    """So that a new type trains none of them anew."""
    for network in ("resnet", "vit"):
        reached = closure(["pipeline.pretrain.training", "pipeline.pretrain.siamese", f"{HOME}.{network}"])
        assert not reached & {f"{HOME}.{name}" for name in ("architectures", "fit", "inspection", "preprocessor")}
    assert f"{HOME}.architectures" in closure([f"{HOME}.folder"])


@pytest.mark.slow
def test_looking_loads_no_network(saved, tmp_path):
    folder, _ = saved("vit")
    code = """
import sys
from pathlib import Path
from pipeline.core.networks.inspection import inspect_place
assert inspect_place(Path(sys.argv[1])).channels == 3
assert not {"torch", "transformers", "monai"} & set(sys.modules)
"""
    shutil.copytree(folder, tmp_path / "copied")
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "copied")], check=True)
