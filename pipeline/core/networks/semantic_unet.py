"""NASDM's network: tissue of a mask of nuclei. Shrivastava and Fletcher 2023; Wang et al. 2022 (semantic diffusion)."""

from collections.abc import Sequence
from functools import partial

import torch
from torch import nn

from pipeline.core.networks.conditional_norm import Conditions, Spade
from pipeline.core.networks.prediction import Prediction, Predicts
from pipeline.core.networks.timed_unet import Shape, TimedUNet

COLOURS = 3
EXTRA = 2  # conditions beside the classes: background and edges of instances


class SemanticUNet(nn.Module):
    """Noise, and the share that decides its variance, of noised tiles with a mask: (B, 3, H, W) each.

    The mask reaches the middle and the way up, by SPADE; so one way down serves a prediction with it and one without.

    Args:
        classes: Of nuclei, with ids from 1.
        steps: Of the diffusion.
        hidden: Channels of every SPADE; 128 in the paper.
        width: See :class:`Shape`; 256 in the paper.
        mult: (1, 1, 2, 3, 4) in the paper.
        blocks: 2 in the paper.
        attention: Levels; those of 32, 16 and 8 px in the paper.
        predicts: See :class:`Prediction`; noise in the paper.
    """

    def __init__(
        self,
        classes: int,
        steps: int,
        hidden: int,
        width: int,
        mult: Sequence[int],
        blocks: int,
        attention: Sequence[int],
        predicts: Predicts = "noise",
    ) -> None:
        super().__init__()
        self.classes, self.steps = classes, steps
        self.read = Prediction(predicts, steps)
        norm = partial(Spade, conditions=classes + EXTRA, hidden=hidden)
        self.body = TimedUNet((COLOURS, 2 * COLOURS), Shape(width, mult, blocks, attention), steps, norm)

    def forward(
        self, state: torch.Tensor, times: torch.Tensor, *conditions: Conditions
    ) -> tuple[tuple[torch.Tensor, torch.Tensor], ...]:
        """Noise and share, for each of the ``conditions``.

        Args:
            state: float (B, 3, H, W), noised tiles.
            times: int64 (B,), of the states.
            conditions: Pictures of classes + 2 channels, all zeros where there is no condition.
        """
        told = self.body.time(times)
        found = self.body.encode(state, told)
        return tuple(self.read(self.body.decode(found, told, known), state, times) for known in conditions)
