"""CycleGAN: Zhu et al., Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, ICCV 2017."""

import torch
from torch.nn.functional import l1_loss

from pipeline.core.networks.discriminators import PatchGAN
from pipeline.core.networks.generators import ResNetGenerator
from pipeline.core.networks.initial import normal
from pipeline.core.networks.weights import describe
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Losses
from pipeline.core.translation.cyclic import CyclicTranslator
from pipeline.core.translation.dihedral import dihedral
from pipeline.core.translation.gan import lsgan_discriminator, lsgan_generator
from pipeline.core.translation.learner import check_size
from pipeline.core.translation.translator import to_tensor


class CycleGAN(CyclicTranslator):
    """Two generators that undo one another, each against a discriminator of its domain.

    Args:
        size: Side of a tile.
        lr: Base learning rate; 2e-4 in the paper.
        ngf: Width of the generators.
        blocks: Residual blocks of the generators.
        ndf: Width of the discriminators.
        lambda_cycle: Weight of the cycle terms.
        identity: Weight of the identity terms relative to ``lambda_cycle``; 0 leaves them out.
        pool: Past fakes kept for each discriminator.
        negative: The target shows bright on dark what the source shows dark on light (fluorescence): the
            identity terms then ask each generator to turn a negative of its own domain positive, or
            they would anchor the wrong polarity.
    """

    def __init__(
        self,
        *,
        size: int,
        lr: float,
        ngf: int,
        blocks: int,
        ndf: int,
        lambda_cycle: float,
        identity: float,
        pool: int,
        negative: bool = False,
    ) -> None:
        check_size(size, multiple=4)
        super().__init__(
            size=size,
            lr=lr,
            pool=pool,
            generator=lambda: normal(ResNetGenerator(ngf, blocks)),
            discriminator=lambda: PatchGAN(3, ndf, "instance"),
            config=describe(ResNetGenerator, width=ngf, blocks=blocks),
        )
        self.lambda_cycle, self.identity = lambda_cycle, identity
        self.polarity = -1.0 if negative else 1.0

    def _generators(self, batch: Batch) -> Losses:
        (source,), (target,) = dihedral(to_tensor(batch["source"])), dihedral(to_tensor(batch["target"]))
        fake_target, same_target = self._both(self.to_target, source, self.polarity * target)
        fake_source, same_source = self._both(self.to_source, target, self.polarity * source)
        losses = {
            "adversarial": lsgan_generator(self.discriminator_target(fake_target)),
            "adversarial_back": lsgan_generator(self.discriminator_source(fake_source)),
            "cycle": l1_loss(self.to_source(fake_target), source),
            "cycle_back": l1_loss(self.to_target(fake_source), target),
        }
        total = losses["adversarial"] + losses["adversarial_back"]
        total = total + self.lambda_cycle * (losses["cycle"] + losses["cycle_back"])
        if self.identity:
            losses |= {"identity": l1_loss(same_target, target), "identity_back": l1_loss(same_source, source)}
            total = total + self.lambda_cycle * self.identity * (losses["identity"] + losses["identity_back"])
        self._seen = source, target, fake_source.detach(), fake_target.detach()
        return {**losses, "total": total}

    def _both(
        self, generator: torch.nn.Module, images: torch.Tensor, own: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Translates ``images`` and, for the identity terms, ``own`` in one pass; instance norm keeps them apart."""
        if not self.identity:
            return generator(images), own
        made, same = generator(torch.cat([images, own])).split([len(images), len(own)])
        return made, same

    def _discriminators(self, *seen: torch.Tensor) -> Losses:
        source, target, fake_source, fake_target = seen
        of_target, of_source = self.discriminator_target, self.discriminator_source
        losses = {
            "target": lsgan_discriminator(of_target(target), of_target(self.past_target(fake_target))),
            "source": lsgan_discriminator(of_source(source), of_source(self.past_source(fake_source))),
        }
        return {**losses, "total": losses["target"] + losses["source"]}
