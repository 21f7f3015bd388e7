"""SAASN: Shrivastava et al., Self-Attentive Adversarial Stain Normalization, 2019; many stains to one."""

import torch
from torch import nn
from torch.nn.functional import l1_loss

from pipeline.core.networks.discriminators import PatchGAN
from pipeline.core.networks.generators import UNetGenerator
from pipeline.core.networks.initial import normal
from pipeline.core.networks.weights import describe
from pipeline.core.train.batch_norm import unremembered
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Losses
from pipeline.core.translation.cyclic import CyclicTranslator
from pipeline.core.translation.dihedral import dihedral
from pipeline.core.translation.gan import lsgan_bounded, lsgan_discriminator, lsgan_generator
from pipeline.core.translation.learner import check_size
from pipeline.core.translation.structure import dssim
from pipeline.core.translation.translator import to_tensor


class SAASN(CyclicTranslator):
    """U-Nets and discriminators that attend to themselves; what is translated keeps the structure of its source.

    Each term is summed over both ways; a weight of 0 leaves it out.

    Args:
        size: Side of a tile; a multiple of ``2 ** downs``.
        lr: Base learning rate; 2e-4 in the thesis.
        ngf: Width of the generators.
        downs: Levels of the generators.
        ndf: Width of the discriminators.
        pool: Past fakes kept for each discriminator.
        lambda_cycle: Weight of the L1 distance to what comes back; alpha of the thesis.
        structural: Weight of (1 - SSIM) / 2 of what comes back; beta.
        dssim: Weight of (1 - SSIM) / 2 of a translation and its source; gamma.
        identity: Weight of the L1 distance of an image of the target domain to its translation; delta.
        boundary: Whether the discriminator of the source domain is shown real targets as fakes.
        spectral: Whether all convolutions have spectral norm.
        attention: Places along the side of the largest map that attends to itself; 0 for no attention.
    """

    def __init__(
        self,
        *,
        size: int,
        lr: float,
        ngf: int,
        downs: int,
        ndf: int,
        pool: int,
        lambda_cycle: float,
        structural: float,
        dssim: float,
        identity: float,
        boundary: bool,
        spectral: bool,
        attention: int,
    ) -> None:
        check_size(size, multiple=2**downs)
        halved = halvings(size, attention)

        def generator() -> nn.Module:
            made = UNetGenerator(ngf, downs, dropout=0.0, spectral=spectral, attention=halved)
            return made if spectral else normal(made)

        super().__init__(
            size=size,
            lr=lr,
            pool=pool,
            generator=generator,
            discriminator=lambda: PatchGAN(3, ndf, "batch", spectral=spectral, attention=halved),
            config=describe(UNetGenerator, width=ngf, downs=downs, dropout=0.0, spectral=spectral, attention=halved),
        )
        weights = {"cycle": lambda_cycle, "structure": structural, "dssim": dssim, "identity": identity}
        self.weights = {name: weight for name, weight in weights.items() if weight}
        self.boundary = boundary

    def _generators(self, batch: Batch) -> Losses:
        (source,), (target,) = dihedral(to_tensor(batch["source"])), dihedral(to_tensor(batch["target"]))
        forth, back = self.to_target, self.to_source
        fake_target, fake_source = forth(source), back(target)
        with unremembered(forth, back):  # in use they are shown neither fakes nor their own domain
            there = self._terms(forth, back, source, fake_target, target)
            again = self._terms(back, forth, target, fake_source, source)
        losses = {
            "adversarial": lsgan_generator(self.discriminator_target(fake_target)),
            "adversarial_back": lsgan_generator(self.discriminator_source(fake_source)),
            **there,
            **{f"{name}_back": value for name, value in again.items()},
        }
        total = losses["adversarial"] + losses["adversarial_back"]
        for name, weight in self.weights.items():
            total = total + weight * (there[name] + again[name])
        self._seen = source, target, fake_source.detach(), fake_target.detach()
        return {**losses, "total": total}

    def _terms(
        self, forth: nn.Module, back: nn.Module, images: torch.Tensor, made: torch.Tensor, others: torch.Tensor
    ) -> Losses:
        """The terms of one way: of ``images``, what ``forth`` made of them, and ``others`` of the domain it makes."""
        returned = back(made)
        terms = {
            "cycle": lambda: l1_loss(returned, images),
            "structure": lambda: dssim(returned, images),
            "dssim": lambda: dssim(made, images),
            "identity": lambda: l1_loss(forth(others), others),
        }
        return {name: terms[name]() for name in self.weights}

    def _discriminators(self, *seen: torch.Tensor) -> Losses:
        source, target, fake_source, fake_target = seen
        of_target, of_source = self.discriminator_target, self.discriminator_source
        real, fake = of_source(source), of_source(self.past_source(fake_source))
        losses = {
            "target": lsgan_discriminator(of_target(target), of_target(self.past_target(fake_target))),
            "source": lsgan_bounded(real, fake, of_source(target))
            if self.boundary
            else lsgan_discriminator(real, fake),
        }
        return {**losses, "total": losses["target"] + losses["source"]}


def halvings(size: int, attention: int) -> int | None:
    """How often a side of ``size`` is halved, once or more, to be ``attention`` at most; None where that is 0."""
    if not attention:
        return None
    return next(count for count in range(1, size.bit_length() + 1) if size / 2**count <= attention)
