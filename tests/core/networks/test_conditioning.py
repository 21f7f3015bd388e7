import torch

from pipeline.core.networks.conditioning import AdaptiveGroupNorm, Style, TimeEmbedding


def test_a_style_of_zeros_leaves_group_norm() -> None:
    maps = torch.randn(2, 8, 4, 4)
    layer = AdaptiveGroupNorm(8, 5)
    expected = torch.nn.functional.group_norm(maps, 2, eps=1e-6)
    torch.testing.assert_close(layer(maps, torch.zeros(2, 5)), expected)


def test_the_style_scales_and_shifts() -> None:
    layer = AdaptiveGroupNorm(2, 1)
    with torch.no_grad():
        layer.affine.weight.copy_(torch.tensor([[1.0], [2.0], [3.0], [4.0]]))
    maps = torch.randn(1, 2, 4, 4)
    plain = torch.nn.functional.group_norm(maps, 1, eps=1e-6)
    scale, shift = torch.tensor([2.0, 3.0]).view(1, 2, 1, 1), torch.tensor([3.0, 4.0]).view(1, 2, 1, 1)
    torch.testing.assert_close(layer(maps, torch.ones(1, 1)), scale * plain + shift)


def test_the_length_of_a_latent_says_nothing() -> None:
    z = torch.randn(3, 16)
    style = Style(16, 8)
    torch.testing.assert_close(style(z), style(7 * z))
    assert (style(z) - style(-z)).abs().max() > 1e-3


def test_states_are_told_apart() -> None:
    embedded = TimeEmbedding(16)(torch.arange(1, 5))
    assert embedded.shape == (4, 64)
    assert torch.pdist(embedded).min() > 1e-3


def test_what_time_adds_to_a_channel_outlives_the_norm() -> None:
    maps, added = torch.randn(1, 16, 4, 4), torch.randn(1, 16, 1, 1)
    norm = AdaptiveGroupNorm(16, 1)
    assert (norm(maps + added, torch.zeros(1, 1)) - norm(maps, torch.zeros(1, 1))).abs().mean() > 0.1
