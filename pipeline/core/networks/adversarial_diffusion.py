"""A translator that denoises in a few large steps. SynDiff, Özbey et al., IEEE TMI 2023."""

from collections.abc import Sequence

import torch
from torch import nn

from pipeline.core.diffusion.gaussian import returned
from pipeline.core.diffusion.schedule import variance_preserving
from pipeline.core.files import Json
from pipeline.core.networks.ncsn import NCSN
from pipeline.core.translation.noise import TileNoise
from pipeline.core.translation.pixels import Pixels


class AdversarialDiffusion(nn.Module):
    """Source images (B, c, H, W) in [-1, 1] to the target's, of its number of channels, drawn anew with other noise.

    Args:
        source: See :class:`pipeline.core.translation.pixels.Pixels`.
        target: Likewise.
        steps: From noise to an image.
        width: See :class:`pipeline.core.networks.ncsn.NCSN`, as all that follow.
        mult: Likewise.
        blocks: Likewise.
        attention: Likewise.
        latent: Likewise.
        style: Likewise.
    """

    stochastic = True

    def __init__(
        self,
        source: Json,
        target: Json,
        steps: int,
        width: int,
        mult: Sequence[int],
        blocks: int,
        attention: Sequence[int],
        latent: int,
        style: int,
    ) -> None:
        super().__init__()
        self.reads, self.makes = Pixels(**source), Pixels(**target)
        self.schedule, self.latent = variance_preserving(steps), latent
        seen = self.makes.channels + self.reads.channels
        self.network = NCSN(seen, self.makes.channels, width, mult, blocks, attention, latent, style)

    def denoise(self, state: torch.Tensor, source: torch.Tensor, t: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """The target that states ``t`` are thought to come from.

        Args:
            state: (B, channels of the target, H, W).
            source: (B, channels of the source, H, W).
            t: int64 (B,), 1 to the number of steps.
            z: (B, latent), standard normal.
        """
        made: torch.Tensor = self.network(torch.cat([state, source], 1), t, z)
        return made

    def forward(self, source: torch.Tensor, noise: TileNoise) -> torch.Tensor:
        """From noise, step by step, as each is drawn from its posterior."""
        shape = self.makes.channels, *source.shape[2:]
        state = noise.normal(*shape)
        for step in range(self.schedule.steps, 0, -1):
            t = torch.full((len(source),), step, device=source.device)
            data = self.denoise(state, source, t, noise.normal(self.latent))
            state = returned(self.schedule, data, state, t, noise.normal(*shape)) if step > 1 else data
        return state
