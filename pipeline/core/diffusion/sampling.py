"""From noise to data: step by step as the noise came, or along the path that adds none."""

from collections.abc import Callable

import torch

from pipeline.core.diffusion.gaussian import at, data_of, learned_log_variance, noise_of, posterior_mean
from pipeline.core.diffusion.schedule import Schedule
from pipeline.core.translation.noise import TileNoise

# of a state and the number that the network knows it by, int64 (B,): its noise, and the share that decides the variance
Predict = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


def ancestral(
    predict: Predict, schedule: Schedule, draws: TileNoise, shape: tuple[int, ...], *, clip: bool = True
) -> torch.Tensor:
    """Draws every state, given the one after it, with the learned variance. Ho et al. 2020, algorithm 2.

    Args:
        predict: Of the states.
        schedule: As trained, or fewer of its steps.
        draws: One stream of numbers per row.
        shape: Of one row.
        clip: The data that a state speaks of lie in [-1, 1].

    Returns:
        float32 (B, *shape).
    """
    state = draws.normal(*shape)
    for step in range(schedule.steps, 0, -1):
        t = torch.full((len(state),), step, device=state.device)
        noise, share = _predicted(predict, schedule, state, step)
        data = data_of(schedule, state, t, noise)
        mean = posterior_mean(schedule, data.clamp(-1, 1) if clip else data, state, t)
        if step == 1:
            return mean
        state = mean + (0.5 * learned_log_variance(schedule, share, t)).exp() * draws.normal(*shape)
    raise AssertionError("a schedule has a step")


def implicit(
    predict: Predict, schedule: Schedule, draws: TileNoise, shape: tuple[int, ...], *, clip: bool = True
) -> torch.Tensor:
    """Walks back along the path that adds no noise: only the first state is drawn. DDIM, Song et al. 2021, eta 0.

    Args and returns as :func:`ancestral`.
    """
    state = draws.normal(*shape)
    for step in range(schedule.steps, 0, -1):
        t = torch.full((len(state),), step, device=state.device)
        noise, _ = _predicted(predict, schedule, state, step)
        data = data_of(schedule, state, t, noise)
        if clip:
            data = data.clamp(-1, 1)
            noise = noise_of(schedule, state, t, data)
        kept = at(schedule.alpha_bar, t - 1, state)
        state = kept.sqrt() * data + (1 - kept).sqrt() * noise
    return state


def _predicted(
    predict: Predict, schedule: Schedule, state: torch.Tensor, step: int
) -> tuple[torch.Tensor, torch.Tensor]:
    return predict(state, torch.full((len(state),), schedule.times[step], device=state.device))


def guided(present: torch.Tensor, absent: torch.Tensor, scale: float) -> torch.Tensor:
    """Noise predicted with a condition, moved away from what it is without it; ``present`` itself at ``scale`` 1.

    Ho and Salimans 2022, with scale = 1 + w.
    """
    return present if scale == 1 else absent + scale * (present - absent)
