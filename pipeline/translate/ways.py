"""One way of SynDiff: from one domain to another."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.functional import l1_loss

from pipeline.core.diffusion.gaussian import noised, returned, stepped
from pipeline.core.files import Json
from pipeline.core.networks.adversarial_diffusion import AdversarialDiffusion
from pipeline.core.train.ema import Ema
from pipeline.core.train.learner import Losses
from pipeline.translate.softplus import discriminator_loss, generator_loss, gradient_penalty


@dataclass(frozen=True)
class Step:
    """A step of the diffusion of real images, and what was made in its place, without gradient.

    Args:
        t: int64 (B,), of the noisier state.
        state: That one.
        before: State t - 1.
        made: State t - 1 as the generator has it.
    """

    t: torch.Tensor
    state: torch.Tensor
    before: torch.Tensor
    made: torch.Tensor


@dataclass(frozen=True)
class Seen:
    """Of a domain, what its discriminators are shown, without gradient.

    Args:
        step: Of the diffusion.
        real: Images.
        fake: Translated ones; None where domains are registered.
    """

    step: Step
    real: torch.Tensor
    fake: torch.Tensor | None


class Way(nn.Module):
    """What makes images of a domain, and tells them from real ones.

    Args:
        diffusion: Denoises images of the domain, beside one of the other.
        config: Of it, as it is exported.
        discriminator: Of its states.
        translator: Translates from the other domain at once; None where the domains are registered.
        patches: Tells translated images from real ones; None likewise.
        decay: Of the average of ``diffusion`` over the training, which is what is used.
    """

    def __init__(
        self,
        diffusion: AdversarialDiffusion,
        config: Json,
        discriminator: nn.Module,
        translator: nn.Module | None,
        patches: nn.Module | None,
        decay: float,
    ) -> None:
        super().__init__()
        self.diffusion, self.average, self._config = diffusion, Ema(diffusion, decay), config
        self.discriminator, self.translator, self.patches = discriminator, translator, patches

    def export(self) -> tuple[nn.Module, Json]:
        """What is used: the average, with its config."""
        return self.average.network, self._config

    def follow(self, step: int) -> None:
        """Moves the average, after a ``step`` that is counted from 1."""
        self.average.update(self.diffusion, self.average.rising(step))

    def generators(self) -> list[nn.Module]:
        """Those that are trained."""
        return [self.diffusion, *([self.translator] if self.translator else [])]

    def discriminators(self) -> list[nn.Module]:
        """Likewise."""
        return [self.discriminator, *([self.patches] if self.patches else [])]

    def translated(self, others: torch.Tensor) -> torch.Tensor | None:
        """Images of the other domain as the translator makes them; None where there is none."""
        return None if self.translator is None else self.translator(others)

    def learned(self, real: torch.Tensor, fake: torch.Tensor | None, shown: torch.Tensor) -> tuple[Losses, Seen]:
        """Losses of the generators, and what they leave to the discriminators.

        Args:
            real: Images of the domain.
            fake: Others, as the translator makes them; None where there is none.
            shown: Of the other domain, what is seen beside the real images: made of these, or registered to them.
        """
        losses, step = self._denoised(real, shown)
        if self.translator is None or self.patches is None or fake is None:
            return losses, Seen(step, real, None)
        losses["translator"] = generator_loss(self.patches(fake))
        losses["cycle"] = l1_loss(self.translator(shown), real)
        return losses, Seen(step, real, fake.detach())

    def told_apart(self, seen: Seen, gamma: float) -> Losses:
        """Losses of the discriminators; ``gamma`` weighs R1, and 0 leaves it out."""
        losses = self._told_apart(seen.step, gamma)
        if self.patches is not None and seen.fake is not None:
            losses["translator"] = discriminator_loss(self.patches(seen.real), self.patches(seen.fake))
        return losses

    def _denoised(self, real: torch.Tensor, shown: torch.Tensor) -> tuple[Losses, Step]:
        """Losses of the diffusive generator on one step of the diffusion of ``real``, beside ``shown``, and the step.

        The step is drawn, the state before it from the real images, and the state by one more step from that.
        """
        schedule, count = self.diffusion.schedule, len(real)
        t = torch.randint(1, schedule.steps + 1, (count,), device=real.device)
        before = noised(schedule, real, t - 1, torch.randn_like(real))
        state = stepped(schedule, before, t, torch.randn_like(real))
        data = self.diffusion.denoise(state, shown, t, torch.randn(count, self.diffusion.latent, device=real.device))
        made = returned(schedule, data, state, t, torch.randn_like(real))
        losses = {"diffusive": generator_loss(self.discriminator(made, state, t)), "l1": l1_loss(data, real)}
        return losses, Step(t, state, before, made.detach())

    def _told_apart(self, step: Step, gamma: float) -> Losses:
        """Losses of the discriminator of states; ``gamma`` weighs R1, and 0 leaves it out."""
        before = step.before.detach().requires_grad_() if gamma else step.before
        real = self.discriminator(before, step.state, step.t)
        fake = self.discriminator(step.made, step.state, step.t)
        losses = {"diffusive": discriminator_loss(real, fake)}
        return {**losses, "r1": gradient_penalty(real, before, gamma)} if gamma else losses
