"""Options of diffusions that generate: tissue for masks, and masks."""

from typing import Annotated

from pydantic import Field

from pipeline.study.section import Count, Section, Share, Weight

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
