"""The networks of SynDiff, as wide and deep as a study asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.core.networks.adversarial_diffusion import AdversarialDiffusion
from pipeline.core.networks.diffusive_discriminator import DiffusiveDiscriminator
from pipeline.core.networks.discriminators import PatchGAN
from pipeline.core.networks.generators import ResNetGenerator
from pipeline.core.networks.initial import normal
from pipeline.core.networks.weights import describe
from pipeline.core.translation.learner import check_size
from pipeline.core.translation.pixels import Pixels
from pipeline.translate.ways import Way


@dataclass(frozen=True, kw_only=True)
class Networks:
    """What they are made of, in either direction alike; raises StudyError where tiles do not fit them.

    Args:
        size: Side of a tile.
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
    """

    size: int
    diffusion_steps: int
    width: int
    mult: Sequence[int]
    blocks: int
    attention: Sequence[int]
    latent: int
    style: int
    ndf: int
    downs: int
    ngf: int
    translator_blocks: int
    patch: int

    def __post_init__(self) -> None:
        check_size(self.size, multiple=2 ** max(len(self.mult) - 1, self.downs, 2))

    def way(self, source: Pixels, target: Pixels, *, registered: bool, ema: float) -> Way:
        """Those from one domain to the other, with their first weights.

        Args:
            source: Pixels of the one.
            target: Of the other.
            registered: There are pairs, and so no translator.
            ema: Decay of the average.
        """
        translator = patches = None
        if not registered:
            translator = normal(ResNetGenerator(self.ngf, self.translator_blocks, source.channels, target.channels))
            patches = PatchGAN(target.channels, self.patch, "instance")
        critic, known = DiffusiveDiscriminator(target.channels, self.ndf, self.downs), self._diffusion(source, target)
        config = describe(AdversarialDiffusion, **known)
        return Way(AdversarialDiffusion(**known), config, critic, translator, patches, ema)

    def _diffusion(self, source: Pixels, target: Pixels) -> dict[str, Any]:
        """Arguments of a diffusive generator, as its config says them."""
        return {
            "source": source.config(),
            "target": target.config(),
            "steps": self.diffusion_steps,
            "width": self.width,
            "mult": list(self.mult),
            "blocks": self.blocks,
            "attention": [level for level in range(len(self.mult)) if self.size // 2**level in self.attention],
            "latent": self.latent,
            "style": self.style,
        }
