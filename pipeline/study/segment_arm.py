"""An arm of ``segment``: what one segmenter learns from, and what it is tested on."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from pipeline.core.files import Json
from pipeline.study.arm import REAL_COHORT, Text
from pipeline.study.encoders import is_place
from pipeline.study.need import Slides
from pipeline.study.section import Count, Name, Positive, Section, Training, Weight

if TYPE_CHECKING:
    from pipeline.study.study import Study

OWN = ("steps", "batch", "lr")  # of training, that an arm may have of its own


class SegmentArm(Section):
    """``train``: shares of the real training tiles with labels, of ``real`` slides and of ``synthesize.cohorts``.

    ``images`` replaces the study's stain of tiles with labels. ``learn_through`` is a translator from there to the
    stain that is tested: views are learned from, with the labels of what they are views of. ``test_through`` is one the
    other way round: views of test tiles are segmented. ``encoder``, of a method that needs one: an arm of ``pretrain``,
    whose encoder of the same seed it is, or a folder of weights. ``against`` names arms that it is compared with beside
    the baseline; ``steps``, ``batch`` and ``lr`` replace the study's.
    """

    method: str
    options: dict[str, Any] = {}
    train: Annotated[dict[Name, Weight], Field(min_length=1)] = {REAL_COHORT: 1.0}
    encoder: Text | None = None
    images: Text | None = None
    learn_through: Name | None = None
    test_through: Name | None = None
    against: list[Text] = []
    steps: Count | None = None
    batch: Count | None = None
    lr: Positive | None = None

    @property
    def shares(self) -> dict[str, float]:
        """What it learns from, and how much; real tiles first."""
        names = sorted(self.train, key=lambda name: (name != REAL_COHORT, name))
        return {name: self.train[name] for name in names if self.train[name]}

    @property
    def painted(self) -> list[str]:
        """The synthetic cohorts that it learns from."""
        return [name for name in self.shares if name != REAL_COHORT]

    @property
    def place(self) -> str | None:
        """The folder of the weights of its encoder; None where that is an arm's, or there is none."""
        return self.encoder if self.encoder and is_place(self.encoder) else None

    @property
    def pretrained(self) -> str | None:
        """The arm of ``pretrain`` whose encoder it has; None where that is a folder, or there is none."""
        return self.encoder if self.encoder and not is_place(self.encoder) else None

    @property
    def generated(self) -> bool:
        """Whether it sees pictures that were made: painted tiles, or views."""
        return bool(self.painted or self.learn_through or self.test_through)

    def trained(self, usual: Training) -> Json:
        """How it is trained: as it says, else as is usual."""
        return {**usual.model_dump(mode="json", include=set(Training.model_fields)), **self.own_training()}

    def own_training(self) -> Json:
        """What it says of that itself."""
        return {key: value for key in OWN if (value := getattr(self, key)) is not None}


def images_of(study: "Study", slides: Slides, arm: SegmentArm) -> str:
    """The stain of the tiles with labels that an arm learns from."""
    return arm.images or study.segment.images or study.primary(slides)


def test_of(study: "Study", slides: Slides) -> str:
    """The stain that segmenters are tested on."""
    return study.segment.test or study.segment.images or study.primary(slides)
