import subprocess
import sys

import pytest
import torch

from pipeline.core.networks.attention import SelfAttention

PEAK = """
import re, torch
from pathlib import Path
from pipeline.core.networks.attention import SelfAttention
def most():  # bytes; getrusage counts what the process held that started this one
    return 1024 * int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
layer, x = SelfAttention(128), torch.randn(16, 128, 64, 64, requires_grad=True)
torch.nn.init.ones_(layer.mu)
layer(x[:1, :, :8, :8]).sum().backward()
before = most()
layer(x).square().mean().backward()
print(most() - before)
"""


@pytest.fixture
def layer():
    torch.manual_seed(0)
    return SelfAttention(16)


@pytest.fixture
def maps():
    return torch.randn(2, 16, 5, 7, generator=torch.Generator().manual_seed(1))


def test_at_mu_0_it_is_the_identity_to_the_bit(layer, maps):
    assert torch.equal(layer(maps), maps)


def test_it_is_the_attention_of_sagan_without_a_scale(layer, maps):
    """SAGAN, equations 1 to 4, by the matrix of all pairs of places, whose rows sum to 1."""
    torch.nn.init.constant_(layer.mu, 0.7)
    query, key, value = (part(maps).flatten(2) for part in (layer.query, layer.key, layer.value))
    shares = torch.softmax(query.transpose(1, 2) @ key, dim=-1)  # row j: what place j sees of every place i
    assert torch.allclose(shares.sum(-1), torch.ones(2, 35), atol=1e-6)
    seen = (value @ shares.transpose(1, 2)).reshape(maps.shape)
    assert torch.allclose(layer(maps), 0.7 * seen + maps, atol=1e-6)


def test_a_constant_value_is_seen_everywhere_for_shares_sum_to_1(layer, maps):
    torch.nn.init.ones_(layer.mu)
    torch.nn.init.zeros_(layer.value.weight)
    torch.nn.init.constant_(layer.value.bias, 3.0)
    assert torch.allclose(layer(maps), maps + 3, atol=1e-5)


def test_queries_and_keys_have_an_eighth_of_the_channels_and_one_at_least():
    assert [SelfAttention(channels).key.out_channels for channels in (64, 8, 4)] == [8, 1, 1]


def test_every_parameter_has_a_gradient_from_the_first_step_on(layer, maps):
    layer(maps).square().mean().backward()
    assert all(parameter.grad is not None for parameter in layer.parameters())
    assert layer.mu.grad != 0


@pytest.mark.slow
def test_a_step_at_256_px_and_a_batch_of_16_takes_less_than_half_a_gigabyte():
    """The largest map that attends, 64 x 64 of 128 channels; the matrix of pairs alone would take 1.07 GB."""
    run = subprocess.run([sys.executable, "-c", PEAK], text=True, check=True, capture_output=True)
    assert 1e8 < int(run.stdout) < 0.5e9 < 16 * (64 * 64) ** 2 * 4
