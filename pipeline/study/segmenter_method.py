"""An entry in the table of what ``segment`` trains, and the options of these methods."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from pipeline.study.arm import Strength
from pipeline.study.method import Method
from pipeline.study.section import Count, Section, Share, Switch, Weight


class SegmenterOptions(Section):
    """Of every segmenter: ``least`` pixels of an object, and the strength of augmentation of values, ``colour``."""

    least: Count = 10
    colour: Strength = 1.0


class GradientOptions(SegmenterOptions):
    """See :class:`pipeline.core.segmentation.learner.SegmentationLearner`."""

    optimizer: Literal["adamw", "sgd"] = "adamw"
    weight_decay: Weight = 0.0


class UNetOptions(GradientOptions):
    """See :class:`pipeline.segment.unet.UNetLearner`."""

    width: Count = 32
    deep: Switch = False

    @property
    def multiple(self) -> int:
        """What the side of a tile is a multiple of: two halvings, or more where they come out even."""
        return 4


class HoVerNetOptions(SegmenterOptions):
    """See :class:`pipeline.segment.hovernet.HoVerNetLearner`."""

    width: Annotated[int, Field(ge=8, multiple_of=8, strict=True)] = 64
    first: Share = 0.0
    smooth: Weight = 0.7

    @property
    def multiple(self) -> int:
        """What the side of a tile is a multiple of: three halvings."""
        return 8


class DecoderOptions(GradientOptions):
    """See :class:`pipeline.segment.decoder.DecoderLearner`."""

    width: Count = 64


@dataclass(frozen=True)
class SegmenterMethod(Method):
    """A way to train segmenters.

    Args:
        network: ``package.module:attribute`` of the network that it exports.
        encoded: It learns on a frozen encoder.
    """

    network: str = ""
    encoded: bool = False
