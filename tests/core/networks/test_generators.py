import pytest
import torch
from torch import nn

from pipeline.core.networks.attention import SelfAttention
from pipeline.core.networks.generators import ResNetGenerator, UNetGenerator
from pipeline.core.networks.initial import normal


@pytest.mark.parametrize("size", [64, 256])
@pytest.mark.parametrize("build", [lambda: ResNetGenerator(4, 2), lambda: UNetGenerator(4, 5)], ids=["resnet", "unet"])
def test_the_shape_stays_and_values_lie_in_minus_1_to_1(build, size):
    made = normal(build()).eval()(torch.randn(2, 3, size, size))
    assert made.shape == (2, 3, size, size)
    assert made.abs().max() <= 1


def test_resnet_of_the_paper_has_11_4_million_parameters():
    network = ResNetGenerator(width=64, blocks=9)
    assert sum(p.numel() for p in network.parameters()) == 11_378_179


def test_unet_of_the_paper_has_54_4_million_parameters():
    network = UNetGenerator(width=64, downs=8)
    assert sum(p.numel() for p in network.parameters()) == 54_413_955


def test_unet_of_8_levels_reaches_1_pixel_and_trains_on_one_tile():
    network = UNetGenerator(width=4, downs=8)
    assert network(torch.randn(1, 3, 256, 256)).isfinite().all()


def test_dropout_acts_in_the_three_innermost_decoder_blocks():
    network = UNetGenerator(width=4, downs=8)
    rates = [block[3].p for block in list(network.up)[1:]]
    assert rates == [0, 0, 0, 0, 0.5, 0.5, 0.5]


def test_initial_weights_have_deviation_0_02_and_no_bias():
    network = normal(ResNetGenerator(width=32, blocks=2))
    convolutions = [m for m in network.modules() if isinstance(m, nn.Conv2d)]
    weights = torch.cat([m.weight.flatten() for m in convolutions])
    assert weights.std().item() == pytest.approx(0.02, rel=0.02)
    assert all((m.bias == 0).all() for m in convolutions)


def test_batch_norm_of_one_tile_is_instance_norm_while_it_learns_and_not_in_use():
    """Why a U-Net that is trained tile by tile has instance norm."""
    torch.manual_seed(0)
    batch, instance = (normal(UNetGenerator(4, 3, dropout=0.0, norm=norm)) for norm in ("batch", "instance"))
    instance.load_state_dict({k: v for k, v in batch.state_dict().items() if k in instance.state_dict()})
    tiles = torch.rand(50, 1, 3, 32, 32) * torch.linspace(0.1, 1, 50)[:, None, None, None, None]
    with torch.no_grad():
        for tile in tiles:
            learned = batch(tile)
            assert torch.allclose(learned, instance(tile), atol=1e-6)
        used, same = batch.eval()(tile), instance.eval()(tile)
    assert torch.allclose(same, learned, atol=1e-6)
    assert (used - learned).abs().mean() > 0.1 * learned.std()


def test_maps_that_were_halved_often_enough_attend_down_and_up():
    network = UNetGenerator(4, 4, attention=2)
    found = {name: part.value.out_channels for name, part in network.named_modules() if isinstance(part, SelfAttention)}
    assert found == {"down.1.3": 8, "down.2.3": 16, "down.3.3": 32, "up.2.4": 8, "up.3.4": 16}
    every = UNetGenerator(4, 4, attention=1)
    assert sum(isinstance(part, SelfAttention) for part in every.modules()) == 7  # all but the image
    assert every(torch.randn(2, 3, 16, 16)).shape == (2, 3, 16, 16)


def test_attention_begins_as_nothing():
    plain, attended = UNetGenerator(4, 3, dropout=0.0), UNetGenerator(4, 3, dropout=0.0, attention=2)
    images = torch.randn(2, 3, 16, 16)
    assert not attended.load_state_dict(plain.state_dict(), strict=False).unexpected_keys
    assert torch.equal(plain(images), attended(images))


def test_with_spectral_norm_a_unet_draws_its_weights_as_normal_does():
    network = UNetGenerator(width=32, downs=3, spectral=True)
    drawn = [part.original for part in network.modules() if hasattr(part, "original")]
    assert torch.cat([weight.flatten() for weight in drawn]).std().item() == pytest.approx(0.02, rel=0.02)
    assert len(drawn) == 6
