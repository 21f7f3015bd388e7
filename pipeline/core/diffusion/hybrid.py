"""The loss of a diffusion that learns its variance: Nichol and Dhariwal, Improved Denoising Diffusion, ICML 2021."""

import torch

from pipeline.core.diffusion.bound import bound
from pipeline.core.diffusion.gaussian import at, noised
from pipeline.core.diffusion.sampling import Predict
from pipeline.core.diffusion.schedule import LINEAR_STEPS, Schedule
from pipeline.core.train.learner import Losses
from pipeline.core.train.share import normals, numbers, own, whole


def hybrid(
    schedule: Schedule, predict: Predict, data: torch.Tensor, *, weight: float = 1.0, velocity: bool = False
) -> Losses:
    """Of one step per row, drawn evenly, whose state is drawn too, for the whole batch alike on all ranks.

    The variance alone learns from the bound. What one drawn step tells of the whole bound is T times its term; so the
    weight of 0.001 on the sum over 1000 steps is 1 on a term, and ``weight * T / 1000`` in a schedule of T steps.

    Args:
        schedule: Of the states.
        predict: The network.
        data: float (B, ...) in [-1, 1].
        weight: Of the bound, of 1000 steps; 0 leaves the variance where it begins.
        velocity: The squared error is that of the velocity, which is the noise's over ``alpha_bar``.

    Returns:
        ``simple``, the mean squared error of the noise; ``bound``, bits per value; ``total``.
    """
    rows = whole(len(data))
    t = 1 + (own(numbers(rows, device=data.device)) * schedule.steps).long().clamp_max(schedule.steps - 1)
    noise = own(normals(rows, *data.shape[1:], device=data.device))
    state = noised(schedule, data, t, noise)
    predicted, share = (answer.float() for answer in predict(state, t))
    squares = (noise - predicted).square()
    simple = (squares / at(schedule.alpha_bar, t, squares) if velocity else squares).mean()
    terms = bound(schedule, data, state, t, predicted, share).mean()
    return {"simple": simple, "bound": terms, "total": simple + weight * schedule.steps / LINEAR_STEPS * terms}
