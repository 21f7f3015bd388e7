import pytest
import torch
from monai.networks.nets import DynUNet

from pipeline.core.networks.unet import UNet, plan


@pytest.mark.parametrize(("size", "downs"), [(64, 4), (256, 6), (512, 7), (96, 4), (100, 2), (50, 1), (7, 0)])
def test_tiles_are_halved_to_4_pixels_or_an_odd_number(size, downs):
    assert plan(size) == downs


def test_at_width_32_it_is_nnunets_network_with_its_filters():
    network = UNet(channels=1, classes=2, width=32, downs=6)
    assert network.body.filters == [32, 64, 128, 256, 512, 512, 512]
    assert network.multiple == 64


@pytest.mark.parametrize("deep", [False, True])
def test_it_answers_as_monais_network_does(deep):
    torch.manual_seed(0)
    network = UNet(channels=2, classes=2, width=4, downs=3, deep=deep)
    theirs = DynUNet(
        2, 2, 3, [3] * 4, [1, 2, 2, 2], [2] * 3, filters=[4, 8, 16, 32], deep_supervision=deep, deep_supr_num=2
    )
    missing = theirs.load_state_dict(network.body.state_dict(), strict=False)
    assert all(key.startswith("skip_layers.") for key in missing.missing_keys)
    assert not missing.unexpected_keys
    images = torch.rand(2, 2, 32, 32)
    found, expected = network(images), theirs(network.standard(images))
    if not deep:
        assert torch.equal(found[0], expected)
        return
    assert [tuple(level.shape[2:]) for level in found] == [(32, 32), (16, 16), (8, 8)]
    for level, scaled in enumerate(expected.unbind(1)):
        assert torch.equal(found[level], scaled[:, :, :: 2**level, :: 2**level])


def test_values_are_standardised_by_those_of_all_batches():
    network = UNet(channels=1, classes=1, width=4, downs=2)
    low, high = torch.full((1, 1, 16, 16), 0.25), torch.full((1, 1, 16, 16), 0.75)
    network.standard(low)
    network.standard(high)
    assert network.eval().standard(high).mean().item() == pytest.approx(0.25 / 1e-3)  # by the least deviation
    assert not list(network.standard.parameters())


def test_maps_are_probabilities_of_an_area_of_any_multiple():
    torch.manual_seed(0)
    network = UNet(channels=3, classes=2, width=4, downs=2, deep=True).eval()
    found = network.maps(torch.rand(1, 3, 8, 20))
    assert found.shape == (1, 3, 8, 20)
    assert found.sum(1).flatten().tolist() == pytest.approx([1] * 160)
