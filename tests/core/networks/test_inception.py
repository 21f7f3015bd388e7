"""Inception-v3 of FID: known sizes, its blocks from their definition, and its weights from a file."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch.nn.functional import avg_pool2d, batch_norm, conv2d, max_pool2d

from pipeline.core.errors import ProductError
from pipeline.core.networks.inception import InceptionV3, read_inception

UNUSED = "num_batches_tracked"
SHAPES = {
    "Conv2d_1a_3x3.conv.weight": (32, 3, 3, 3),
    "Conv2d_4a_3x3.bn.running_var": (192,),
    "Mixed_5b.branch5x5_2.conv.weight": (64, 48, 5, 5),
    "Mixed_5d.branch_pool.conv.weight": (64, 288, 1, 1),
    "Mixed_6a.branch3x3.conv.weight": (384, 288, 3, 3),
    "Mixed_6b.branch7x7_2.conv.weight": (128, 128, 1, 7),
    "Mixed_6b.branch7x7dbl_5.conv.weight": (192, 128, 1, 7),
    "Mixed_6c.branch7x7dbl_4.conv.weight": (160, 160, 7, 1),
    "Mixed_7a.branch7x7x3_4.conv.weight": (192, 192, 3, 3),
    "Mixed_7b.branch3x3dbl_3a.conv.weight": (384, 384, 1, 3),
    "Mixed_7c.branch3x3_2b.conv.weight": (384, 384, 3, 1),
    "Mixed_7c.branch_pool.conv.weight": (192, 2048, 1, 1),
    "fc.weight": (1008, 2048),
    "fc.bias": (1008,),
}


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    made = InceptionV3().eval()
    for name, value in made.state_dict().items():
        if name.endswith(("bn.weight", "running_var")):
            value.uniform_(0.5, 1.5)
        elif name.endswith("conv.weight"):
            value.mul_(2)  # so that signals reach the last block
    return made


def without(state, ending):
    return {name: value for name, value in state.items() if not name.endswith(ending)}


def test_it_has_the_parameters_of_the_published_network(network):
    assert sum(value.numel() for value in network.parameters()) == 23_850_960
    state = without(network.state_dict(), UNUSED)
    assert sum(value.numel() for value in state.values()) == 23_885_392  # with what the norms have seen
    assert {name: tuple(state[name].shape) for name in SHAPES} == SHAPES
    assert len(state) == 94 * 5 + 2  # of 94 convolutions, each with its norm, and of the classes


def test_maps_and_features_have_known_sizes(network):
    images = np.random.default_rng(0).integers(0, 256, (1, 40, 40, 3)).astype(np.uint8)
    with torch.no_grad():
        features, maps = network.outputs(torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255)
    assert [tuple(found.shape) for found in maps] == [
        (1, 64, 73, 73),
        (1, 192, 35, 35),
        (1, 768, 17, 17),
        (1, 2048, 8, 8),
    ]
    assert torch.equal(features, maps[-1].mean((2, 3)))
    assert features.std() > 1e-3
    assert network.embed(images, 1) == pytest.approx(features.numpy(), rel=1e-4, abs=1e-6)


def test_an_image_is_brought_to_299_pixels_and_to_minus_one_to_one(network):
    """Bilinear, borders repeated: a step of two pixels is flat, a ramp, and flat again."""
    seen = []
    hook = network.Conv2d_1a_3x3.register_forward_hook(lambda module, given, made: seen.append(given[0]))
    step = np.zeros((1, 2, 2, 3), np.uint8)
    step[:, :, 1] = 255
    try:
        network.embed(step, 1)
    finally:
        hook.remove()
    (found,) = seen
    assert found.shape == (1, 3, 299, 299)
    line = found[0, 0, 100].numpy()
    assert line[[0, 149, -1]] == pytest.approx([-1, 0, 1], abs=1e-6)
    assert line[150] - line[149] == pytest.approx(2 / 149.5, abs=1e-5)
    assert torch.allclose(found, found[:, :1, :1].expand_as(found), atol=1e-5)


def unit(state, name, x, *, stride=1):
    """From its definition, with torchvision's rule: a map keeps its size at stride 1."""
    weight = state[f"{name}.conv.weight"]
    padding = [side // 2 if stride == 1 else 0 for side in weight.shape[2:]]
    norm = [state[f"{name}.bn.{key}"] for key in ("running_mean", "running_var", "weight", "bias")]
    return batch_norm(conv2d(x, weight, stride=stride, padding=padding), *norm, eps=0.001).relu()


def chain(state, x, *names, last=1):
    for place, name in enumerate(names, 1):
        x = unit(state, name, x, stride=last if place == len(names) else 1)
    return x


def mean_within(x):
    """The mean of those of nine pixels that there are."""
    return avg_pool2d(x, 3, 1, 1) / avg_pool2d(torch.ones_like(x), 3, 1, 1)


def numbered(branch, count):
    return [f"{branch}_{number}" for number in range(1, count + 1)]


def of_5b(state, x):
    five, double = (chain(state, x, *numbered(*path)) for path in (("branch5x5", 2), ("branch3x3dbl", 3)))
    return [unit(state, "branch1x1", x), five, double, unit(state, "branch_pool", mean_within(x))]


def of_6a(state, x):
    double = chain(state, x, *numbered("branch3x3dbl", 3), last=2)
    return [unit(state, "branch3x3", x, stride=2), double, max_pool2d(x, 3, 2)]


def of_6c(state, x):
    once, twice = (chain(state, x, *numbered(*path)) for path in (("branch7x7", 3), ("branch7x7dbl", 5)))
    return [unit(state, "branch1x1", x), once, twice, unit(state, "branch_pool", mean_within(x))]


def of_7a(state, x):
    short, long = (chain(state, x, *numbered(*path), last=2) for path in (("branch3x3", 2), ("branch7x7x3", 4)))
    return [short, long, max_pool2d(x, 3, 2)]


def of_7(state, x, pooled):
    one, two = unit(state, "branch3x3_1", x), chain(state, x, "branch3x3dbl_1", "branch3x3dbl_2")
    ends = [unit(state, f"branch3x3_2{end}", one) for end in "ab"]
    ends += [unit(state, f"branch3x3dbl_3{end}", two) for end in "ab"]
    return [unit(state, "branch1x1", x), *ends, unit(state, "branch_pool", pooled)]


BLOCKS = {
    "Mixed_5b": (192, of_5b),
    "Mixed_6a": (288, of_6a),
    "Mixed_6c": (768, of_6c),
    "Mixed_7a": (768, of_7a),
    "Mixed_7b": (1280, lambda state, x: of_7(state, x, mean_within(x))),
    "Mixed_7c": (2048, lambda state, x: of_7(state, x, max_pool2d(x, 3, 1, 1))),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_is_what_its_definition_says(network, name):
    channels, definition = BLOCKS[name]
    block = getattr(network, name)
    x = torch.randn(1, channels, 9, 9, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        made, expected = block(x), torch.cat(definition(block.state_dict(), x), 1)
    assert made.shape == expected.shape == (1, block.channels, *expected.shape[2:])
    assert torch.allclose(made, expected, atol=1e-4)
    assert expected.std() > 0.01


def test_chances_are_those_of_the_weights_without_their_bias(network):
    features = np.zeros((2, 2048), np.float32)
    features[1, 5] = 1
    with torch.no_grad():
        network.fc.bias[3] = 100
    found = network.chances(features)
    weight = network.fc.weight[:, 5].detach().numpy()
    assert found[0] == pytest.approx([1 / 1008] * 1008)
    assert found[1] == pytest.approx(np.exp(weight) / np.exp(weight).sum(), rel=1e-5)


@pytest.mark.parametrize("ending", [".pth", ".safetensors"])
def test_weights_are_read_from_a_file_by_their_names(network, tmp_path, ending):
    """In half precision, to write less; how many batches norms saw is not in every file."""
    state = {name: value.half() for name, value in without(network.state_dict(), UNUSED).items()}
    path = tmp_path / f"weights{ending}"
    (torch.save if ending == ".pth" else save_file)(state, path)
    torch.manual_seed(0)
    found = read_inception(path, torch.device("cpu"))
    assert not found.training
    read = without(found.state_dict(), UNUSED)
    assert all(torch.equal(read[name], value.float()) for name, value in state.items())
    assert torch.rand(1) == torch.rand(1, generator=torch.Generator().manual_seed(0))  # nothing else was drawn


def refused(content, path: Path):
    torch.save(content, path)
    with pytest.raises(ProductError) as error:
        read_inception(path)
    assert str(path) in error.value.where
    assert "pt_inception-2015-12-05-6726825d.pth" in error.value.fix
    return error.value.message


def test_a_tensor_that_is_not_there_is_named(network, tmp_path):
    state = dict(network.state_dict())
    del state["Mixed_6b.branch7x7_2.bn.bias"]
    told = refused({name: value.to(torch.float16) for name, value in state.items()}, tmp_path / "weights.pth")
    assert told.endswith("tensor 'Mixed_6b.branch7x7_2.bn.bias': expected [128], found none")


def test_the_network_of_another_package_is_named(network, tmp_path):
    """Torchvision's has a thousand classes, and more beside them."""
    state = {name: value.half() for name, value in network.state_dict().items()}
    told = refused({**state, "fc.weight": torch.zeros(1000, 2048)}, tmp_path / "weights.pth")
    assert "tensor 'fc.weight': expected [1008, 2048], found [1000, 2048]" in told
    told = refused({**state, "AuxLogits.fc.bias": torch.zeros(1000)}, tmp_path / "weights.pth")
    assert "tensor 'AuxLogits.fc.bias': expected none, found [1000]" in told
