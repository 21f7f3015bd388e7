"""SynDiff: Özbey et al., Unsupervised Medical Image Translation with Adversarial Diffusion Models, IEEE TMI 2023."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Exports, Losses
from pipeline.core.translation.dihedral import dihedral
from pipeline.core.translation.learner import GENERATOR, Ends, TranslatorLearner
from pipeline.core.translation.pixels import Pixels
from pipeline.translate.syndiff_networks import Networks
from pipeline.translate.validation import cycle_ssim
from pipeline.translate.ways import Seen

DISCRIMINATOR = "discriminator"


class SynDiff(TranslatorLearner):
    """Two diffusive generators, each of which denoises its domain beside an image of the other.

    Of unregistered domains that image is made of the real one by a translator, and the two translators, which learn as
    in CycleGAN, are no longer needed in use. Registered domains have real images, and no translators.

    Args:
        size: Side of a tile.
        lr: Base learning rate of the generators; 1.6e-4 in the published code.
        ends: Pixels of both domains, and whether they are registered.
        lambda_l1: Weight of the L1 distance of what is denoised to the real image.
        lambda_cycle: Weight of the L1 distance of what the translators bring back to it.
        r1: Weight of the gradient penalty, in the steps that have it; 0 for none.
        r1_every: Steps from one that has it to the next.
        discriminator_rate: Learning rate of the discriminators over that of the generators.
        final_rate: Learning rate in the end over that in the beginning.
        ema: Decay of the average of the diffusive generators' weights, which is what is used; less in the first steps.
        validates_every: Steps; the weights with the best way there and back on tiles of patients who are held back are
            kept. None, or nobody held back: the last weights are kept.
        networks: See :class:`pipeline.translate.syndiff_networks.Networks`.
    """

    any_pixels = True
    turns = (GENERATOR, DISCRIMINATOR)
    betas = (0.5, 0.9)
    done: torch.Tensor

    def __init__(
        self,
        *,
        size: int,
        lr: float,
        ends: Ends,
        lambda_l1: float,
        lambda_cycle: float,
        r1: float,
        r1_every: int,
        discriminator_rate: float,
        final_rate: float,
        ema: float,
        validates_every: int | None,
        **networks: Any,
    ) -> None:
        super().__init__()
        self.lr, self.ends, self.lambda_l1, self.lambda_cycle = lr, ends, lambda_l1, lambda_cycle
        self.r1, self.r1_every, self.discriminator_rate = r1, r1_every, discriminator_rate
        self.final_rate, self._every = final_rate, validates_every
        made = Networks(size=size, **networks)
        self.forth = made.way(ends.source, ends.target, registered=ends.registered, ema=ema)
        self.back = made.way(ends.target, ends.source, registered=ends.registered, ema=ema)
        self.register_buffer("done", torch.zeros((), dtype=torch.int64))
        self._seen: tuple[Seen, Seen] | None = None
        self._held: dict[str, np.ndarray] = {}

    def hold(self, **held: np.ndarray) -> None:
        """Validates on ``source``, ``target`` or both from now on; raises ProductError where pixels are others."""
        for end, tiles in held.items():
            pixels: Pixels = getattr(self.ends, end)
            pixels.check(tiles, "tiles of patients who are held back")
        if held and self._every:
            self._held, self.validates_every = held, self._every

    def exports(self) -> Exports:
        return {GENERATOR: self.forth.export(), "backward": self.back.export()}

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        generators = [*self.forth.generators(), *self.back.generators()]
        discriminators = [*self.forth.discriminators(), *self.back.discriminators()]
        rates = {GENERATOR: (generators, self.lr), DISCRIMINATOR: (discriminators, self.lr * self.discriminator_rate)}
        return {
            turn: torch.optim.Adam(nn.ModuleList(networks).parameters(), lr, self.betas)
            for turn, (networks, lr) in rates.items()
        }

    def rate(self, progress: float) -> float:
        """Half a cosine, from 1 to ``final_rate``."""
        return self.final_rate + (1 - self.final_rate) * (1 + math.cos(math.pi * progress)) / 2

    def after_step(self, step: int) -> None:
        """Moves the averages."""
        self.done.fill_(step)
        for way in (self.forth, self.back):
            way.follow(step)

    def validate(self) -> float | None:
        """One less the SSIM of the way there and back, mean over the stains that are held; see :func:`cycle_ssim`."""
        if not self._held:
            return None
        forth, back = self.forth.average.network, self.back.average.network
        ways = {"source": (forth, back), "target": (back, forth)}
        found = [cycle_ssim(*ways[end], tiles) for end, tiles in self._held.items()]
        return 1 - sum(found) / len(found)

    def forward(self, batch: Batch, turn: str) -> Losses:
        """The generator turn leaves its images to the discriminator turn of the same step."""
        if turn == GENERATOR:
            losses, self._seen = self._generators(batch)
            return losses
        if self._seen is None:
            with torch.no_grad():
                _, self._seen = self._generators(batch)
        seen, self._seen = self._seen, None
        return self._discriminators(seen)

    def _generators(self, batch: Batch) -> tuple[Losses, tuple[Seen, Seen]]:
        source, target = self.ends.source.tensor(batch["source"]), self.ends.target.tensor(batch["target"])
        if self.ends.registered:
            source, target = dihedral(source, target)
        else:
            (source,), (target,) = dihedral(source), dihedral(target)
        fake_target, fake_source = self.forth.translated(source), self.back.translated(target)
        forth, of_target = self.forth.learned(target, fake_target, source if fake_source is None else fake_source)
        back, of_source = self.back.learned(source, fake_source, target if fake_target is None else fake_target)
        weights = {"l1": self.lambda_l1, "cycle": self.lambda_cycle}
        return _both_ways(forth, back, weights), (of_target, of_source)

    def _discriminators(self, seen: tuple[Seen, Seen]) -> Losses:
        gamma = self.r1 if int(self.done) % self.r1_every == 0 else 0.0
        of_target, of_source = seen
        return _both_ways(self.forth.told_apart(of_target, gamma), self.back.told_apart(of_source, gamma), {})


def _both_ways(forth: Losses, back: Losses, weights: Mapping[str, float]) -> Losses:
    """Losses of either way by their names, and their sum, in which one that is not weighed counts as it is."""
    total = torch.stack([weights.get(name, 1.0) * value for own in (forth, back) for name, value in own.items()]).sum()
    return {**forth, **{f"{name}_back": value for name, value in back.items()}, "total": total}
