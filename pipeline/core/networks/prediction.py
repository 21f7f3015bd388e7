"""What networks of diffusions answer: the noise of a state, and the share that decides its variance."""

from typing import Literal

import torch

from pipeline.core.diffusion.gaussian import noise_of_velocity
from pipeline.core.diffusion.schedule import linear

Predicts = Literal["noise", "velocity"]


class Prediction:
    """Reads a network's channels: half is what it ``predicts``, half the share, -1 to 1 for 0 to 1.

    Where a state is nearly noise, a small error of the noise is a large one of the data, and of a tile's colour first;
    one of the velocity is not. Salimans and Ho 2022, appendix D.

    Args:
        predicts: What the network learns.
        steps: Of its diffusion, of a linear schedule.
    """

    def __init__(self, predicts: Predicts, steps: int) -> None:
        self._schedule = linear(steps) if predicts == "velocity" else None

    def __call__(
        self, answer: torch.Tensor, state: torch.Tensor, times: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Noise and share, (B, C, H, W) each.

        Args:
            answer: float (B, 2 C, H, W).
            state: float (B, C, H, W), that the network was shown.
            times: int64 (B,), of the states.
        """
        learned, variance = answer.chunk(2, 1)
        noise = noise_of_velocity(self._schedule, state, times, learned) if self._schedule else learned
        return noise, (variance + 1) / 2
