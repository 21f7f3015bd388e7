import numpy as np
import pytest
import torch
from scipy.ndimage import correlate1d

from pipeline.core.networks.fir import doubled, halved


def test_halving_is_the_filter_at_every_other_place() -> None:
    maps = torch.randn(2, 3, 8, 12, generator=torch.Generator().manual_seed(0))
    smooth = maps.numpy()
    for axis in (2, 3):  # of the two middle taps the first lies at the place
        smooth = correlate1d(smooth, np.array([1, 3, 3, 1]) / 8, axis=axis, mode="constant", origin=-1)
    np.testing.assert_allclose(halved(maps).numpy(), smooth[:, :, ::2, ::2], atol=1e-6)


def test_doubling_is_4_times_the_transpose_of_halving() -> None:
    fine, coarse = torch.randn(1, 2, 8, 8), torch.randn(1, 2, 4, 4)
    assert (doubled(coarse) * fine).sum().item() == pytest.approx(4 * (coarse * halved(fine)).sum().item(), abs=1e-4)


def test_even_maps_stay_even_inside() -> None:
    even = torch.ones(1, 2, 8, 8)
    assert torch.allclose(halved(even)[..., 1:-1, 1:-1], torch.ones(1, 2, 2, 2))
    assert torch.allclose(doubled(even)[..., 1:-1, 1:-1], torch.ones(1, 2, 14, 14))


def test_the_finest_pattern_does_not_pass() -> None:
    y, x = torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij")
    board = ((y + x) % 2 * 2 - 1).float().view(1, 1, 16, 16)
    assert halved(board)[..., 1:-1, 1:-1].abs().max() < 1e-6
