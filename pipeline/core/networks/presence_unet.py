"""A network that draws masks of nuclei of the classes that are asked for; Shrivastava and Fletcher 2023 sketch it."""

from collections.abc import Sequence

import torch
from torch import nn

from pipeline.core.networks.prediction import Prediction, Predicts
from pipeline.core.networks.timed_unet import Shape, TimedUNet


class PresenceUNet(nn.Module):
    """Noise, and the share that decides its variance, of noised masks: (B, classes + 1, H, W) each.

    Channels are background and classes. Which of them are present is added to the time.

    Args:
        classes: Of nuclei, with ids from 1.
        steps: Of the diffusion.
        width: See :class:`Shape`.
        mult: Likewise.
        blocks: Likewise.
        attention: Likewise.
        predicts: See :class:`Prediction`.
    """

    def __init__(
        self,
        classes: int,
        steps: int,
        width: int,
        mult: Sequence[int],
        blocks: int,
        attention: Sequence[int],
        predicts: Predicts = "noise",
    ) -> None:
        super().__init__()
        self.read = Prediction(predicts, steps)
        self.classes, self.steps = classes, steps
        channels = classes + 1
        self.body = TimedUNet((channels, 2 * channels), Shape(width, mult, blocks, attention), steps)
        self.presence = nn.Linear(channels, self.body.time.outputs, bias=False)

    def forward(
        self, state: torch.Tensor, times: torch.Tensor, present: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Noise and share.

        Args:
            state: float (B, classes + 1, H, W), noised masks.
            times: int64 (B,), of the states.
            present: float (B, classes + 1), 1 where a class is there, the background too; all zeros: not told.
        """
        told = self.body.time(times) + self.presence(present)
        return self.read(self.body.decode(self.body.encode(state, told), told), state, times)
