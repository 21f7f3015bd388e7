import json

import pytest
import torch
from torch import nn

from pipeline.core.digests import digest_file
from pipeline.core.errors import ProductError
from pipeline.core.networks.generators import ResNetGenerator
from pipeline.core.networks.weights import build_network, describe, export_weights, import_network

CONFIG = {"network": "generators:ResNetGenerator", "arguments": {"width": 2, "blocks": 1}}


def test_a_network_is_described_by_its_class():
    assert describe(ResNetGenerator, width=2, blocks=1) == CONFIG


def test_a_network_that_no_export_would_find_cannot_be_described():
    with pytest.raises(ValueError, match=r"torch\.nn\.modules\.linear\.Linear is no network"):
        describe(nn.Linear)


def test_a_network_is_built_from_its_description():
    network = build_network(CONFIG)
    assert type(network) is ResNetGenerator
    assert network.layers[1].out_channels == 2


def test_exported_and_imported_it_answers_alike(tmp_path):
    network = ResNetGenerator(2, 1)
    digest = export_weights(tmp_path / "new", "toy", network, CONFIG)
    assert digest == digest_file(tmp_path / "new" / "toy.safetensors")
    again = import_network(tmp_path / "new", "toy")
    image = torch.randn(1, 3, 16, 16)
    assert not again.training
    assert torch.equal(again(image), network(image))
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["toy.config.json", "toy.safetensors"]


def test_no_network_is_an_error(tmp_path):
    with pytest.raises(ProductError, match="no exported network"):
        import_network(tmp_path, "toy")


@pytest.mark.parametrize(
    "name",
    [
        "resnet",
        "os:System",
        "generators:resnet",
        "generators.ResNetGenerator",
        "pipeline.core.networks.generators:ResNetGenerator",
        "..job:Job",
        "generators:nn.Linear",
        "generators:ResNetGenerator\n",
        "missing:Network",
        "generators:Missing",
        "weights:Path",
        "",
        None,
        7,
    ],
)
def test_a_name_reaches_networks_of_this_package_alone(tmp_path, name):
    (tmp_path / "toy.config.json").write_text(json.dumps({"network": name, "arguments": {}}))
    with pytest.raises(ProductError) as error:
        import_network(tmp_path, "toy")
    assert repr(name) in error.value.message
    assert error.value.where == str(tmp_path / "toy.config.json")
    assert error.value.fix == "train it again with this version"


@pytest.mark.parametrize("arguments", [{"width": 2}, {"width": 2, "blocks": 1, "heads": 3}])
def test_arguments_that_do_not_fit_are_told(arguments):
    with pytest.raises(ProductError, match="ResNetGenerator takes other arguments") as error:
        build_network({**CONFIG, "arguments": arguments})
    assert error.value.fix == "train it again with this version"


def test_a_mistake_inside_a_networks_module_comes_through(monkeypatch):
    def broken(name):
        raise ModuleNotFoundError("no such library", name="torchlib")

    monkeypatch.setattr("pipeline.core.networks.weights.import_module", broken)
    with pytest.raises(ModuleNotFoundError, match="no such library"):
        build_network(CONFIG)
