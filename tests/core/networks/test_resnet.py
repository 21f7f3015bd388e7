import pytest
import torch

from pipeline.core.networks.resnet import ResNet, ResNetEncoder

COLOUR = {"mean": (0.5, 0.4, 0.3), "std": (0.2, 0.2, 0.2)}


@pytest.mark.parametrize(("depth", "parameters"), [(18, 11_176_512), (34, 21_284_672), (50, 23_508_032)])
def test_full_width_is_the_papers(depth, parameters):
    with torch.device("meta"):
        body = ResNetEncoder(depth=depth, width=64, **COLOUR).body
    assert sum(p.numel() for p in body.parameters()) == parameters  # torchvision's, without its classifier


@pytest.mark.parametrize(("depth", "channels"), [(18, (4, 8, 16, 32)), (34, (4, 8, 16, 32)), (50, (16, 32, 64, 128))])
def test_maps_of_four_stages(depth, channels):
    encoder = ResNetEncoder(depth=depth, width=4, **COLOUR)
    features, maps = encoder.outputs(torch.rand(2, 3, 64, 96))
    sizes = ((16, 24), (8, 12), (4, 6), (2, 3))
    assert [tuple(m.shape) for m in maps] == [(2, c, *size) for c, size in zip(channels, sizes, strict=True)]
    assert encoder.channels == channels
    assert features.shape == (2, encoder.features) == (2, channels[-1])


def test_the_small_stem_keeps_the_size():
    encoder = ResNetEncoder(depth=18, width=4, stem="small", **COLOUR)
    assert [m.shape[2] for m in encoder.outputs(torch.rand(2, 3, 32, 32)).maps] == [32, 16, 8, 4]
    assert encoder.body.conv1.weight.shape == (4, 3, 3, 3)


def test_features_are_the_mean_of_the_last_map():
    encoder = ResNetEncoder(depth=18, width=4, **COLOUR)
    features, maps = encoder.outputs(torch.rand(2, 3, 64, 64))
    assert torch.allclose(features, maps[-1].mean((2, 3)))


@pytest.mark.parametrize("depth", [18, 50])
def test_it_is_monais_network_on_standardised_images(depth):
    images = torch.rand(2, 3, 64, 64)
    torch.manual_seed(0)
    encoder = ResNetEncoder(depth=depth, width=4, **COLOUR)
    torch.manual_seed(0)
    block, layers = ("basic", [2, 2, 2, 2]) if depth == 18 else ("bottleneck", [3, 4, 6, 3])
    plain = ResNet(
        block,
        layers,
        [4, 8, 16, 32],
        spatial_dims=2,
        n_input_channels=3,
        conv1_t_stride=2,
        feed_forward=False,
        bias_downsample=False,
    ).to(memory_format=torch.channels_last)
    standardised = (images.to(memory_format=torch.channels_last) - encoder.mean) / encoder.std
    assert torch.equal(encoder(images), plain(standardised))


def test_forward_gives_the_features():
    encoder = ResNetEncoder(depth=18, width=4, **COLOUR).eval()
    images = torch.rand(2, 3, 64, 64)
    assert torch.equal(encoder(images), encoder.outputs(images).features)


def test_the_network_sees_standardised_colours():
    encoder, seen = ResNetEncoder(depth=18, width=4, **COLOUR), []
    encoder.body.conv1.register_forward_hook(lambda module, given, out: seen.append(given[0]))
    encoder(torch.tensor(COLOUR["mean"]).view(1, 3, 1, 1).expand(2, 3, 16, 16) + 0.2)
    assert torch.allclose(seen[0], torch.ones(2, 3, 16, 16), atol=1e-5)
    assert seen[0].is_contiguous(memory_format=torch.channels_last)
