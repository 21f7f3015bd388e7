import pytest
import torch
from torch import nn
from torch.nn.functional import group_norm

from pipeline.core.networks.conditional_norm import Conditions, PlainNorm, Spade, largest_divisor


@pytest.fixture
def maps() -> torch.Tensor:
    return torch.randn(2, 128, 6, 6, generator=torch.Generator().manual_seed(0))


def picture(rows: int = 2, side: int = 12) -> torch.Tensor:
    return torch.rand(rows, 3, side, side, generator=torch.Generator().manual_seed(1))


def constant(convolution: nn.Conv2d, value: float) -> None:
    nn.init.zeros_(convolution.weight)
    nn.init.constant_(convolution.bias, value)


@pytest.mark.parametrize(
    ("channels", "groups"), [(256, 32), (128, 32), (64, 16), (48, 12), (100, 25), (34, 2), (16, 4), (37, 1), (2, 1)]
)
def test_groups_are_the_largest_divisor_up_to_32_of_4_channels_at_least(channels: int, groups: int) -> None:
    assert PlainNorm(channels).num_groups == groups
    assert Spade(channels, 3, 4).norm.num_groups == groups


def test_the_colour_of_a_tile_survives_a_narrow_norm() -> None:
    norm, tile = PlainNorm(8), torch.arange(8.0).view(1, 8, 1, 1).expand(1, 8, 4, 4)
    assert norm(tile).std((2, 3)).max() == 0
    assert (norm(tile)[0, :4, 0, 0].diff() > 0.5).all()


def test_a_number_has_no_divisor_below_1() -> None:
    assert largest_divisor(12, 0) == 1


def test_spade_whose_convolutions_are_zero_is_a_group_norm_of_32(maps: torch.Tensor) -> None:
    spade = Spade(128, 3, 8)
    constant(spade.gamma, 0.0)
    constant(spade.beta, 0.0)
    assert torch.equal(spade(maps, Conditions(picture())), group_norm(maps, 32))
    assert not list(spade.norm.parameters())


def test_spade_is_h_times_1_and_gamma_and_beta(maps: torch.Tensor) -> None:
    spade = Spade(128, 3, 8)
    constant(spade.gamma, 0.5)
    constant(spade.beta, -2.0)
    torch.testing.assert_close(spade(maps, Conditions(picture())), group_norm(maps, 32) * 1.5 - 2)


def test_conditions_are_resized_by_their_nearest_pixel(maps: torch.Tensor) -> None:
    spade, whole = Spade(128, 3, 8), picture()
    torch.testing.assert_close(
        spade(maps, Conditions(whole)), spade(maps, Conditions(whole[..., ::2, ::2].contiguous()))
    )


def test_what_is_kept_is_made_once_and_is_the_same(maps: torch.Tensor) -> None:
    spade, calls = Spade(128, 3, 8), []
    spade.shared.register_forward_hook(lambda *_: calls.append(1))
    fresh, kept = Conditions(picture()), Conditions(picture(), keep=True)
    assert torch.equal(spade(maps, fresh), spade(maps, kept))
    assert torch.equal(spade(maps, fresh), spade(maps, kept))
    assert len(calls) == 3


def test_one_picture_serves_all_rows(maps: torch.Tensor) -> None:
    spade, one = Spade(128, 3, 8), picture(1)
    torch.testing.assert_close(spade(maps, Conditions(one)), spade(maps, Conditions(one.expand(2, -1, -1, -1))))
