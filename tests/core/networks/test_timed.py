import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate, silu

from pipeline.core.networks.conditional_norm import PlainNorm
from pipeline.core.networks.timed import HeadAttention, TimedBlock, TimeEmbedding


def maps(channels: int = 8) -> torch.Tensor:
    return torch.randn(2, channels, 4, 4, generator=torch.Generator().manual_seed(0))


def told(numbers: int = 12) -> torch.Tensor:
    return torch.randn(2, numbers, generator=torch.Generator().manual_seed(1))


def angles(steps: int, *times: int) -> torch.Tensor:
    """Cosines and sines, before the perceptron."""
    embedding = TimeEmbedding(8, steps)
    embedding.layers = nn.Sequential(nn.Identity())
    return embedding(torch.tensor(times))


def test_time_is_told_by_cosines_and_sines_from_fast_to_slow() -> None:
    rates = torch.tensor([1.0, 0.1, 0.01, 0.001])
    expected = torch.cat([torch.cos(3 * rates), torch.sin(3 * rates)])
    torch.testing.assert_close(angles(1000, 0, 3), torch.stack([torch.tensor([1.0] * 4 + [0.0] * 4), expected]))


def test_the_same_share_of_a_diffusion_is_the_same_time() -> None:
    torch.testing.assert_close(angles(100, 1, 50, 100), angles(1000, 10, 500, 1000))


@pytest.mark.parametrize("change", [None, "down", "up"])
def test_a_block_begins_as_its_skip(change) -> None:
    block = TimedBlock(8, 8, 12, PlainNorm, change)
    resized = {"down": avg_pool2d(maps(), 2), "up": interpolate(maps(), scale_factor=2), None: maps()}[change]
    torch.testing.assert_close(block(maps(), told(), None), resized)


def test_a_wider_block_has_a_skip_of_its_width() -> None:
    assert TimedBlock(8, 12, 12, PlainNorm)(maps(), told(), None).shape == (2, 12, 4, 4)


def test_time_scales_and_shifts_the_second_norm() -> None:
    """A scale of -1 leaves the shift alone, here 1 to 8 in the channels."""
    block = TimedBlock(8, 8, 12, PlainNorm)
    nn.init.zeros_(block.time.weight)
    shift = torch.arange(1.0, 9.0)
    block.time.bias.data = torch.cat([torch.full((8,), -1.0), shift])
    nn.init.dirac_(block.second.weight)
    torch.testing.assert_close(block(maps(), told(), None), maps() + silu(shift).view(1, -1, 1, 1))


@pytest.mark.parametrize(("channels", "heads"), [(32, 1), (64, 1), (96, 1), (128, 2), (192, 3), (320, 5)])
def test_heads_have_64_channels_or_those_of_the_map(channels: int, heads: int) -> None:
    assert HeadAttention(channels).heads == heads


def test_attention_begins_as_the_identity() -> None:
    assert torch.equal(HeadAttention(64)(maps(64)), maps(64))


def test_attention_is_the_softmax_of_products_over_the_root_of_64() -> None:
    attention, x = HeadAttention(128), maps(128)
    nn.init.dirac_(attention.outer.weight)
    query, key, value = attention.inner(attention.norm(x)).flatten(2).double().reshape(2, 3, 2, 64, 16).unbind(1)
    weights = torch.einsum("bhci,bhcj->bhij", query, key).div(8).softmax(-1)
    expected = torch.einsum("bhij,bhcj->bhci", weights, value).reshape(x.shape).float()
    torch.testing.assert_close(attention(x), x + expected, atol=1e-5, rtol=1e-4)
