"""The Gaussians of a diffusion: what a state is of another, forwards, backwards, and as a network predicts it.

Ho et al. 2020. States are float32 (B, ...); ``t`` is int64 (B,), the number of a state, 1 at least where not said
otherwise.
"""

import torch

from pipeline.core.diffusion.schedule import Schedule


def at(values: torch.Tensor, t: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """Values of states ``t``, to be multiplied with ``like``: its dtype and device, (B, 1, ...).

    Their dtype changes first, for Apple's GPUs know no doubles; and no step of a training waits for their way there.
    """
    there = values.to(like.dtype).to(like.device, non_blocking=True)
    return there[t].view(-1, *(1,) * (like.ndim - 1))


def noised(schedule: Schedule, data: torch.Tensor, t: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """State ``t``, from 0, of ``data``: of variance 1 where that of the data is. Eq. 4."""
    kept = at(schedule.alpha_bar, t, data)
    return kept.sqrt() * data + (1 - kept).sqrt() * noise


def stepped(schedule: Schedule, before: torch.Tensor, t: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """State ``t`` of ``before``, which is state t - 1. Eq. 2."""
    beta = at(schedule.beta, t, before)
    return (1 - beta).sqrt() * before + beta.sqrt() * noise


def posterior_mean(schedule: Schedule, data: torch.Tensor, state: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Mean of state t - 1, given ``data`` and ``state`` t: the data themselves at t = 1. Eq. 7."""
    of_data, of_state = schedule.posterior_means
    return at(of_data, t, data) * data + at(of_state, t, data) * state


def returned(
    schedule: Schedule, data: torch.Tensor, state: torch.Tensor, t: torch.Tensor, noise: torch.Tensor
) -> torch.Tensor:
    """A draw of state t - 1, given ``data`` and ``state`` t. Eq. 6."""
    spread = at(schedule.posterior_variance, t, data).sqrt()
    return posterior_mean(schedule, data, state, t) + spread * noise


def data_of(schedule: Schedule, state: torch.Tensor, t: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """The data of ``state`` t whose noise is ``noise``; inverts :func:`noised`."""
    kept = at(schedule.alpha_bar, t, state)
    return (state - (1 - kept).sqrt() * noise) / kept.sqrt()


def noise_of(schedule: Schedule, state: torch.Tensor, t: torch.Tensor, data: torch.Tensor) -> torch.Tensor:
    """The noise of ``state`` t whose data are ``data``; inverts :func:`noised`."""
    kept = at(schedule.alpha_bar, t, state)
    return (state - kept.sqrt() * data) / (1 - kept).sqrt()


def noise_of_velocity(schedule: Schedule, state: torch.Tensor, t: torch.Tensor, velocity: torch.Tensor) -> torch.Tensor:
    """The noise of ``state`` t whose velocity is ``sqrt(kept) noise - sqrt(1 - kept) data``. Salimans and Ho 2022."""
    kept = at(schedule.alpha_bar, t, state)
    return kept.sqrt() * velocity + (1 - kept).sqrt() * state


def learned_log_variance(schedule: Schedule, share: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    """Log variance between that of the posterior, at ``share`` 0, and beta, at 1. Nichol and Dhariwal 2021, eq. 15.

    That of the posterior is 0 at t = 1, where that of t = 2 stands for it.
    """
    least = schedule.posterior_variance.clone()
    least[:2] = least[2] if schedule.steps > 1 else schedule.beta[1]
    most = schedule.beta.clone()
    most[0] = 1.0  # of no step
    return share * at(most.log(), t, share) + (1 - share) * at(least.log(), t, share)
