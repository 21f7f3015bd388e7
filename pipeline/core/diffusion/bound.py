"""The variational bound that a learned variance is trained by, in bits per value. Nichol and Dhariwal 2021."""

import math

import torch

from pipeline.core.diffusion.gaussian import data_of, learned_log_variance, posterior_mean
from pipeline.core.diffusion.schedule import Schedule

HALF_LEVEL = 1 / 255  # of 8-bit values in [-1, 1]


def kl_divergence(
    mean: torch.Tensor, log_variance: torch.Tensor, other_mean: torch.Tensor, other_log_variance: torch.Tensor
) -> torch.Tensor:
    """KL(one || other) of Gaussians, value by value, in nats."""
    log_ratio = log_variance - other_log_variance
    return 0.5 * (log_ratio.exp() - 1 - log_ratio + (mean - other_mean).square() * (-other_log_variance).exp())


def discrete_log_likelihood(data: torch.Tensor, mean: torch.Tensor, log_variance: torch.Tensor) -> torch.Tensor:
    """Log probability, value by value, of 8-bit ``data`` in [-1, 1] under a Gaussian cut into the levels; the end
    levels hold the tails. Ho et al. 2020, eq. 13.
    """
    scale = (-0.5 * log_variance).exp()
    upper = torch.special.ndtr((data - mean + HALF_LEVEL) * scale)
    lower = torch.special.ndtr((data - mean - HALF_LEVEL) * scale)
    inside = upper - lower
    mass = torch.where(data < -0.999, upper, torch.where(data > 0.999, 1 - lower, inside))
    return mass.clamp_min(1e-12).log()


def bound(
    schedule: Schedule,
    data: torch.Tensor,
    state: torch.Tensor,
    t: torch.Tensor,
    noise: torch.Tensor,
    share: torch.Tensor,
) -> torch.Tensor:
    """The term of step ``t``, (B,), mean over values: KL of the true state before to the predicted; at t = 1 the
    negative log likelihood of the data.

    Args:
        schedule: Of the states.
        data: float (B, ...) in [-1, 1].
        state: State ``t`` of the data.
        t: int64 (B,), 1 to steps.
        noise: As predicted; no gradient goes to it, for the mean is learned by its own loss.
        share: As predicted, float of the shape of the data; see :func:`learned_log_variance`.
    """
    guessed = posterior_mean(schedule, data_of(schedule, state, t, noise.detach()), state, t)
    log_variance = learned_log_variance(schedule, share, t)
    true_log_variance = learned_log_variance(schedule, torch.zeros_like(share), t)
    gap = kl_divergence(posterior_mean(schedule, data, state, t), true_log_variance, guessed, log_variance)
    first = (t == 1).view(-1, *(1,) * (gap.ndim - 1))
    nats = torch.where(first, -discrete_log_likelihood(data, guessed, log_variance), gap)
    return nats.flatten(1).mean(1) / math.log(2)
