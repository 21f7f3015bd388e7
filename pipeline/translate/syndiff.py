"""SynDiff: Özbey et al., Unsupervised Medical Image Translation with Adversarial Diffusion Models, IEEE TMI 2023."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn.functional import l1_loss

from pipeline.core.networks.adversarial_diffusion import AdversarialDiffusion
from pipeline.core.networks.diffusive_discriminator import DiffusiveDiscriminator
from pipeline.core.networks.discriminators import PatchGAN
from pipeline.core.networks.generators import ResNetGenerator
from pipeline.core.networks.initial import normal
from pipeline.core.networks.weights import describe
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Exports, Losses
from pipeline.core.translation.dihedral import dihedral
from pipeline.core.translation.learner import GENERATOR, Ends, TranslatorLearner, check_size
from pipeline.core.translation.pixels import Pixels
from pipeline.translate.softplus import discriminator_loss, generator_loss
from pipeline.translate.validation import cycle_ssim
from pipeline.translate.ways import Step, Way


@dataclass(frozen=True)
class Seen:
    """Of one domain, what its discriminators are shown, without gradient.

    Args:
        step: Of the diffusion.
        real: Images.
        fake: Translated ones; None where domains are registered.
    """

    step: Step
    real: torch.Tensor
    fake: torch.Tensor | None


class SynDiff(TranslatorLearner):
    """Two diffusive generators, each of which denoises its domain beside an image of the other.

    Of unregistered domains that image is made of the real one by a translator, and the two translators, which learn as
    in CycleGAN, are no longer needed in use. Registered domains have real images, and no translators.

    Args:
        size: Side of a tile.
        lr: Base learning rate of the generators; 1.6e-4 in the published code.
        ends: Pixels of both domains, and whether they are registered.
        diffusion_steps: From noise to an image.
        width: Of the diffusive generators, see :class:`pipeline.core.networks.ncsn.NCSN`.
        mult: Likewise.
        blocks: Likewise.
        attention: Sides in pixels of the maps that attend to themselves beside the innermost.
        latent: Likewise.
        style: Likewise.
        ndf: Width of their discriminators, see :class:`DiffusiveDiscriminator`.
        downs: Its blocks.
        ngf: Width of the translators.
        translator_blocks: Residual blocks of the translators.
        patch: Width of the translators' discriminators.
        lambda_l1: Weight of the L1 distance of what is denoised to the real image.
        lambda_cycle: Weight of the L1 distance of what the translators bring back to it.
        r1: Weight of the gradient penalty, in the steps that have it; 0 for none.
        r1_every: Steps from one that has it to the next.
        discriminator_rate: Learning rate of the discriminators over that of the generators.
        final_rate: Learning rate in the end over that in the beginning.
        ema: Decay of the average of the diffusive generators' weights, which is what is used; less in the first steps.
        validates_every: Steps; the weights with the best way there and back on tiles of patients who are held back are
            kept. None, or nobody held back: the last weights are kept.
    """

    any_pixels = True
    turns = (GENERATOR, "discriminator")
    betas = (0.5, 0.9)
    done: torch.Tensor

    def __init__(
        self,
        *,
        size: int,
        lr: float,
        ends: Ends,
        diffusion_steps: int,
        width: int,
        mult: Sequence[int],
        blocks: int,
        attention: Sequence[int],
        latent: int,
        style: int,
        ndf: int,
        downs: int,
        ngf: int,
        translator_blocks: int,
        patch: int,
        lambda_l1: float,
        lambda_cycle: float,
        r1: float,
        r1_every: int,
        discriminator_rate: float,
        final_rate: float,
        ema: float,
        validates_every: int | None,
    ) -> None:
        super().__init__()
        check_size(size, multiple=2 ** max(len(mult) - 1, downs, 2))
        self.lr, self.ends, self.lambda_l1, self.lambda_cycle = lr, ends, lambda_l1, lambda_cycle
        self.r1, self.r1_every, self.discriminator_rate = r1, r1_every, discriminator_rate
        self.final_rate, self.ema, self._every = final_rate, ema, validates_every
        arguments = {
            "steps": diffusion_steps,
            "width": width,
            "mult": list(mult),
            "blocks": blocks,
            "attention": [level for level in range(len(mult)) if size // 2**level in attention],
            "latent": latent,
            "style": style,
        }

        def way(source: Pixels, target: Pixels) -> tuple[Way, Exports]:
            given = {"source": source.config(), "target": target.config(), **arguments}
            translator = patches = None
            if not ends.registered:
                translator = normal(ResNetGenerator(ngf, translator_blocks, source.channels, target.channels))
                patches = PatchGAN(target.channels, patch, "instance")
            critic = DiffusiveDiscriminator(target.channels, ndf, downs)
            made = Way(AdversarialDiffusion(**given), critic, translator, patches, ema)  # type: ignore[arg-type]
            return made, describe(AdversarialDiffusion, **given)

        self.forth, self._forth = way(ends.source, ends.target)
        self.back, self._back = way(ends.target, ends.source)
        self.register_buffer("done", torch.zeros((), dtype=torch.int64))
        self._seen: tuple[Seen, Seen] | None = None
        self._held: tuple[np.ndarray, np.ndarray] | None = None

    def hold(self, **held: np.ndarray) -> None:
        """Validates on ``source`` and ``target`` from now on; raises ProductError where they are of other pixels."""
        source, target = held["source"], held["target"]
        for pixels, tiles in ((self.ends.source, source), (self.ends.target, target)):
            pixels.check(tiles, "tiles of patients who are held back")
        if self._every:
            self._held, self.validates_every = (source, target), self._every

    def exports(self) -> Exports:
        return {
            GENERATOR: (self.forth.average.network, self._forth),
            "backward": (self.back.average.network, self._back),
        }

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        ways = self.forth, self.back
        trained = {
            GENERATOR: (self.lr, [network for way in ways for network in way.generators()]),
            "discriminator": (
                self.lr * self.discriminator_rate,
                [network for way in ways for network in way.discriminators()],
            ),
        }
        return {
            turn: torch.optim.Adam(nn.ModuleList(networks).parameters(), lr, self.betas)
            for turn, (lr, networks) in trained.items()
        }

    def rate(self, progress: float) -> float:
        """Half a cosine, from 1 to ``final_rate``."""
        return self.final_rate + (1 - self.final_rate) * (1 + math.cos(math.pi * progress)) / 2

    def after_step(self, step: int) -> None:
        """Moves the averages, which follow faster at first: less of the first weights is left in a short training."""
        self.done.fill_(step)
        decay = min(self.ema, (1 + step) / (10 + step))
        for way in (self.forth, self.back):
            way.average.update(way.diffusion, decay)

    def validate(self) -> float | None:
        """One less the SSIM of the way there and back, mean of both ways; see :func:`cycle_ssim`."""
        if self._held is None:
            return None
        forth, back = self.forth.average.network, self.back.average.network
        source, target = self._held
        return 1 - (cycle_ssim(forth, back, source) + cycle_ssim(back, forth, target)) / 2

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
        losses, seen = Losses(), list[Seen]()
        for ending, way, real, fake, other, shown in (
            ("", self.forth, target, fake_target, source, fake_source),
            ("_back", self.back, source, fake_source, target, fake_target),
        ):
            found, step = way.denoised(real, other if shown is None else shown)
            if way.translator is not None and way.patches is not None:
                found["translator"] = generator_loss(way.patches(fake))
                found["cycle"] = l1_loss(way.translator(shown), real)
            losses |= {f"{name}{ending}": value for name, value in found.items()}
            seen.append(Seen(step, real, None if fake is None else fake.detach()))
        weights = {"l1": self.lambda_l1, "cycle": self.lambda_cycle}
        total = sum(weights.get(name.removesuffix("_back"), 1.0) * value for name, value in losses.items())
        return {**losses, "total": torch.as_tensor(total)}, (seen[0], seen[1])

    def _discriminators(self, seen: tuple[Seen, Seen]) -> Losses:
        gamma = self.r1 if int(self.done) % self.r1_every == 0 else 0.0
        losses = Losses()
        for ending, way, own in zip(("", "_back"), (self.forth, self.back), seen, strict=True):
            found = way.told_apart(own.step, gamma)
            if way.patches is not None and own.fake is not None:
                found["translator"] = discriminator_loss(way.patches(own.real), way.patches(own.fake))
            losses |= {f"{name}{ending}": value for name, value in found.items()}
        return {**losses, "total": torch.stack(list(losses.values())).sum()}
