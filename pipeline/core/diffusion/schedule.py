"""How fast a diffusion forgets its data: the variances of its steps, and what follows from them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from pipeline.core.errors import StudyError

VP_LEAST, VP_MOST, VP_START = 0.1, 20.0, 1e-3  # beta_min, beta_max and the first time of SynDiff's VP-SDE
LINEAR_LEAST, LINEAR_MOST, LINEAR_STEPS = 1e-4, 0.02, 1000  # Ho et al. 2020


@dataclass(frozen=True)
class Schedule:
    """States 0, the data, to ``steps``, nearly noise; step t leads from state t - 1 to state t.

    Values are float64 (steps + 1,), so that ``schedule.beta[t]`` is what the papers call beta_t.

    Args:
        betas: Variance that each step adds, step 1 first; each in (0, 1).
        times: What a network is told of every state, state 0 first: its number, or in a schedule of fewer steps the
            number of the same state in the schedule that it was trained with.
    """

    betas: Sequence[float]
    times: tuple[int, ...] = ()
    beta: torch.Tensor = field(init=False, compare=False)
    alpha_bar: torch.Tensor = field(init=False, compare=False)

    def __post_init__(self) -> None:
        beta = torch.tensor([0.0, *self.betas], dtype=torch.float64)
        object.__setattr__(self, "beta", beta)
        object.__setattr__(self, "alpha_bar", (1 - beta).cumprod(0))
        object.__setattr__(self, "times", self.times or tuple(range(self.steps + 1)))

    @property
    def steps(self) -> int:
        """How many there are."""
        return len(self.betas)

    @property
    def posterior_variance(self) -> torch.Tensor:
        """Of state t - 1, given states t and 0: 0 at t = 1, whose state before is known; index 0 is 0 too."""
        before = torch.cat([self.alpha_bar[:1], self.alpha_bar[:-1]])
        return torch.where(self.beta > 0, self.beta * (1 - before) / (1 - self.alpha_bar), 0.0)

    @property
    def posterior_means(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Factors on states 0 and t, whose sum is the mean of state t - 1, given both; index 0 leaves state 0."""
        before = torch.cat([self.alpha_bar[:1], self.alpha_bar[:-1]])
        rest, first = 1 - self.alpha_bar, self.beta == 0
        of_data = torch.where(first, 1.0, before.sqrt() * self.beta / rest)
        return of_data, torch.where(first, 0.0, (1 - self.beta).sqrt() * (1 - before) / rest)

    def respaced(self, steps: int) -> "Schedule":
        """The schedule of ``steps`` of its states, evenly spaced, the last among them. Nichol and Dhariwal 2021.

        Raises:
            StudyError: There are fewer, or none is asked for.
        """
        if not 1 <= steps <= self.steps:
            raise StudyError(
                f"{steps} sampling steps of a diffusion that was trained with {self.steps}",
                where="params.yaml: steps of the sampler",
                fix=f"1 to {self.steps}",
            )
        chosen = [round(self.steps * step / steps) for step in range(steps + 1)]
        kept = self.alpha_bar[chosen]
        return Schedule((1 - kept[1:] / kept[:-1]).tolist(), tuple(self.times[state] for state in chosen))


def linear(steps: int) -> Schedule:
    """Ho et al. 2020: 1e-4 to 0.02 in 1000 steps; with fewer, variances grow so that the last state is as noisy.

    Raises:
        StudyError: There are so few that the variance of the last would be 1 or more.
    """
    least = math.floor(LINEAR_STEPS * LINEAR_MOST) + 1
    if steps < least:
        where, fix = "params.yaml: diffusion_steps", f"{least} or more"
        raise StudyError(f"{steps} steps of a linear schedule", where=where, fix=fix)
    scale = LINEAR_STEPS / steps
    return Schedule(torch.linspace(LINEAR_LEAST * scale, LINEAR_MOST * scale, steps, dtype=torch.float64).tolist())


def variance_preserving(steps: int) -> Schedule:
    """SynDiff (Özbey et al. 2023): a variance-preserving SDE at even times from 1e-3 to 1."""
    times = torch.linspace(VP_START, 1, steps + 1, dtype=torch.float64)
    kept = (-0.5 * times**2 * (VP_MOST - VP_LEAST) - times * VP_LEAST).exp()
    return Schedule((1 - kept[1:] / kept[:-1]).tolist())
