import math

import pytest
import torch

from pipeline.core.diffusion.bound import bound, discrete_log_likelihood, kl_divergence
from pipeline.core.diffusion.gaussian import noised
from pipeline.core.diffusion.schedule import linear

LEVELS = torch.arange(256) / 127.5 - 1


def test_equal_gaussians_do_not_diverge() -> None:
    mean, log_variance = torch.tensor([0.3, -2.0]), torch.tensor([-1.0, 4.0])
    assert kl_divergence(mean, log_variance, mean, log_variance).abs().max() < 1e-6


def test_gaussians_diverge_by_the_closed_form() -> None:
    one, other = torch.tensor(1.0), torch.tensor(0.0)
    expected = math.log(2 / 3) + (9 + 1) / (2 * 4) - 0.5  # of sd 3 from sd 2, a mean apart
    found = kl_divergence(one, torch.tensor(9.0).log(), other, torch.tensor(4.0).log())
    assert found.item() == pytest.approx(expected, rel=1e-6)


def test_a_variance_that_is_far_too_large_still_says_where_to_go() -> None:
    other = torch.tensor(120.0, requires_grad=True)  # the ratio of variances is 0 in single precision
    found = kl_divergence(torch.tensor(0.0), torch.tensor(0.0), torch.tensor(0.0), other)
    found.backward()
    assert (found.item(), other.grad.item()) == pytest.approx((0.5 * (120 - 1), 0.5))


@pytest.mark.parametrize("mean", [-1.2, 0.0, 0.5])
def test_the_levels_of_a_pixel_share_all_probability(mean: float) -> None:
    likelihood = discrete_log_likelihood(LEVELS, torch.full((256,), mean), torch.full((256,), -4.0))
    assert likelihood.exp().sum().item() == pytest.approx(1, abs=1e-5)


def test_the_mean_gets_no_gradient_from_the_bound() -> None:
    schedule, generator = linear(100), torch.Generator().manual_seed(0)
    data = torch.rand(4, 3, 8, 8, generator=generator) * 2 - 1
    t = torch.tensor([1, 2, 50, 100])
    noise = torch.randn(data.shape, generator=generator, requires_grad=True)
    share = torch.rand(data.shape, generator=generator, requires_grad=True)
    terms = bound(schedule, data, noised(schedule, data, t, noise.detach()), t, noise, share)
    assert terms.shape == (4,)
    terms.sum().backward()
    assert noise.grad is None
    assert share.grad is not None
    assert share.grad.abs().sum() > 0


def test_the_true_noise_and_the_posteriors_variance_have_no_bound_left() -> None:
    schedule, data = linear(100), torch.zeros(3, 1, 4, 4)
    t, noise = torch.tensor([2, 50, 100]), torch.randn(3, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    terms = bound(schedule, data, noised(schedule, data, t, noise), t, noise, torch.zeros_like(data))
    assert terms.abs().max() < 1e-5
