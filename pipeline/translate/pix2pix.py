"""pix2pix: Isola et al., Image-to-Image Translation with Conditional Adversarial Networks, CVPR 2017."""

from typing import Literal

import torch
from torch.nn.functional import l1_loss

from pipeline.core.networks.discriminators import PatchGAN
from pipeline.core.networks.generators import UNetGenerator
from pipeline.core.networks.initial import normal
from pipeline.core.networks.weights import describe
from pipeline.core.train.batches import Batch
from pipeline.core.train.learner import Exports, Losses
from pipeline.core.translation.dihedral import dihedral
from pipeline.core.translation.gan import bce_discriminator, bce_generator
from pipeline.core.translation.learner import AdversarialTranslator, check_size
from pipeline.core.translation.translator import to_tensor


class Pix2Pix(AdversarialTranslator):
    """A U-Net against a discriminator that sees the source beside the image.

    Args:
        size: Side of a tile; a multiple of ``2 ** downs``.
        lr: Base learning rate; 2e-4 in the paper.
        ngf: Width of the generator.
        downs: Levels of the generator.
        ndf: Width of the discriminator.
        lambda_l1: Weight of the L1 distance to the real image.
        norm: Of the generator: ``batch`` or ``instance``. The discriminator, only ever trained, has batch norm.
    """

    def __init__(
        self,
        *,
        size: int,
        lr: float,
        ngf: int,
        downs: int,
        ndf: int,
        lambda_l1: float,
        norm: Literal["batch", "instance"] = "batch",
    ) -> None:
        super().__init__()
        check_size(size, multiple=2**downs)
        self.lr, self.lambda_l1 = lr, lambda_l1
        self.config = describe(UNetGenerator, width=ngf, downs=downs, norm=norm)
        self.generator = normal(UNetGenerator(ngf, downs, norm=norm))
        self.discriminator = PatchGAN(6, ndf, "batch")
        self._seen: tuple[torch.Tensor, ...] | None = None

    def exports(self) -> Exports:
        return {"generator": (self.generator, self.config)}

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {
            "generator": torch.optim.Adam(self.generator.parameters(), self.lr, self.betas),
            "discriminator": torch.optim.Adam(self.discriminator.parameters(), self.lr, self.betas),
        }

    def forward(self, batch: Batch, turn: str) -> Losses:
        """The generator turn leaves its images to the discriminator turn of the same step."""
        if turn == "generator":
            return self._generator(batch)
        if self._seen is None:
            with torch.no_grad():
                self._generator(batch)
        source, target, fake = self._seen or ()
        self._seen = None
        real = self.discriminator(torch.cat([source, target], 1))
        made = self.discriminator(torch.cat([source, fake], 1))
        return {"total": bce_discriminator(real, made)}

    def _generator(self, batch: Batch) -> Losses:
        source, target = dihedral(to_tensor(batch["source"]), to_tensor(batch["target"]))
        fake = self.generator(source)
        adversarial = bce_generator(self.discriminator(torch.cat([source, fake], 1)))
        l1 = l1_loss(fake, target)
        self._seen = source, target, fake.detach()
        return {"adversarial": adversarial, "l1": l1, "total": adversarial + self.lambda_l1 * l1}
