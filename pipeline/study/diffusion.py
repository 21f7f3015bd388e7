"""Options of diffusions: of one that translates, and of those that generate tissue for masks, and masks."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from pipeline.core.errors import StudyError
from pipeline.study.method import Method
from pipeline.study.section import Count, Positive, Section, Share, Weight

LEAST_STEPS = 21  # of a linear schedule; fewer would add more variance than there is
Below = Annotated[float, Field(ge=0, lt=1, strict=True)]
Levels = Annotated[list[Count], Field(min_length=1)]


class DiffusionOptions(Section):
    """Of the U-Net and of the training; see :class:`pipeline.translate.diffusion.DiffusionLearner`."""

    width: Annotated[int, Field(ge=2, multiple_of=2, strict=True)]
    mult: Levels = [1, 1, 2, 3, 4]
    blocks: Count = 2
    attention: list[Count] = [32, 16, 8]
    diffusion_steps: Annotated[int, Field(ge=LEAST_STEPS, strict=True)] = 1000
    predicts: Literal["noise", "velocity"] = "noise"
    drop: Share
    ema: Below = 0.9999
    warmup: Share = 0.002
    second_stage: Share
    second_lr: Weight = 0.2
    bound: Weight = 1.0

    @property
    def multiple(self) -> int:
        """What the side of a tile is a multiple of: it is halved from level to level."""
        return int(2 ** (len(self.mult) - 1))


class NASDMOptions(DiffusionOptions):
    """See :class:`pipeline.translate.nasdm.NASDM`; as published."""

    width: Annotated[int, Field(ge=2, multiple_of=2, strict=True)] = 256
    hidden: Count = 128
    drop: Share = 0.2
    second_stage: Share = 0.5


class MaskOptions(DiffusionOptions):
    """See :class:`pipeline.translate.masks.Masks`; in one stage."""

    width: Annotated[int, Field(ge=2, multiple_of=2, strict=True)] = 128
    drop: Share = 0.1
    second_stage: Share = 1.0


class SynDiffOptions(Section):
    """See :class:`pipeline.translate.syndiff.SynDiff`."""

    diffusion_steps: Count = 4
    width: Count = 64
    mult: Levels = [1, 1, 2, 2, 4, 4]
    blocks: Count = 2
    attention: list[Count] = [16]
    latent: Count = 100
    style: Count = 256
    ndf: Count = 128
    downs: Count = 6
    ngf: Count = 64
    translator_blocks: Count = 6
    patch: Count = 64
    lambda_l1: Weight = 0.5
    lambda_cycle: Weight = 0.5
    r1: Weight = 1.0
    r1_every: Count = 10
    discriminator_rate: Positive = 0.625
    final_rate: Share = 0.0625
    ema: Share = 0.999
    validates_every: Count | None = 1000

    @property
    def multiple(self) -> int:
        """What the side of a tile is a multiple of: the most halvings of a generator or a discriminator."""
        return int(2 ** max(len(self.mult) - 1, self.downs, 2))


def check_attention(method: Method, given: Mapping[str, Any], size: int, where: str) -> Iterator[StudyError]:
    """The mistake of attention that is asked for in maps that a diffusion does not have.

    Args:
        method: With wrong options, it is told by ``check_method``.
        given: Its options, as ``params.yaml`` has them.
        size: Side of a tile, pixels.
        where: Key of the option.
    """
    options = method.read(given)
    if "attention" in given and isinstance(options, DiffusionOptions | SynDiffOptions):
        sides = [size // 2**level for level in range(len(options.mult))]
        if lacking := sorted(set(options.attention) - set(sides)):
            yield StudyError(
                f"no map of tiles of {size} px (tile.size) has a side of {', '.join(map(str, lacking))}",
                where=where,
                fix=f"choose of: {', '.join(map(str, sides))}",
            )
