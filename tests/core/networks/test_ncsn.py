import pytest
import torch

from pipeline.core.networks.biggan import BigGANBlock, PlaceAttention
from pipeline.core.networks.fir import halved
from pipeline.core.networks.ncsn import NCSN

SMALL = {"width": 8, "mult": (1, 2, 2), "blocks": 1, "attention": [1], "latent": 4, "style": 8}


def asked(network: NCSN, size: int = 16) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    channels = network.stem.in_channels
    return torch.randn(2, channels, size, size), torch.tensor([1, 4]), torch.randn(2, 4)


def awake(network: NCSN) -> NCSN:
    """With no weight of 0, as after some training."""
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, 0, 0.2)
    return network


@pytest.mark.parametrize(("channels", "made"), [(6, 3), (5, 4), (2, 1)])
def test_any_channels_come_to_any_others_in_minus_1_to_1(channels: int, made: int) -> None:
    network = awake(NCSN(channels, made, **SMALL))
    answer = network(*asked(network))
    assert answer.shape == (2, made, 16, 16)
    assert 0 < answer.abs().max() <= 1


def test_state_number_and_latent_both_matter() -> None:
    network = awake(NCSN(6, 3, **SMALL))
    x, t, z = asked(network)
    answer = network(x, t, z)
    assert (network(x, t.flip(0), z) - answer).abs().max() > 1e-4
    assert (network(x, t, -z) - answer).abs().max() > 1e-4


@pytest.mark.parametrize("levels", [[], [1], [0, 1, 2]])
def test_every_parameter_learns(levels: list[int]) -> None:
    network = awake(NCSN(6, 3, **{**SMALL, "attention": levels}))
    network(*asked(network)).square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in network.parameters())


def test_of_the_paper_it_has_levels_blocks_and_attention_as_said() -> None:
    with torch.device("meta"):
        network = NCSN(2, 1, 64, (1, 1, 2, 2, 4, 4), 2, [4], 100, 256)
    blocks = [part for part in network.modules() if isinstance(part, BigGANBlock)]
    assert len(blocks) == 6 * 2 + 5 + 2 + 6 * 3 + 5
    assert [part.out.in_channels for part in network.modules() if isinstance(part, PlaceAttention)] == [256] * 4


@pytest.mark.parametrize(("levels", "channels"), [([], [16]), ([1], [16] * 3), ([0, 1, 2], [8, 16, 16, 16, 8, 16, 16])])
def test_every_level_that_attends_has_attention_of_its_own(levels: list[int], channels: list[int]) -> None:
    parts = NCSN(6, 3, **{**SMALL, "attention": levels}).modules()
    assert sorted(part.out.in_channels for part in parts if isinstance(part, PlaceAttention)) == sorted(channels)


def test_a_block_begins_as_its_skip() -> None:
    maps, time, style = torch.randn(1, 8, 4, 4), torch.randn(1, 16), torch.randn(1, 8)
    torch.testing.assert_close(BigGANBlock(8, 8, 16, 8)(maps, time, style), maps / 2**0.5)
    torch.testing.assert_close(BigGANBlock(8, 8, 16, 8, halved)(maps, time, style), halved(maps) / 2**0.5)
    torch.testing.assert_close(PlaceAttention(8)(maps), maps / 2**0.5)
