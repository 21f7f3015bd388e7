"""The kinds of tasks: the keys of each, and what it needs of the sheet."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field

from pipeline.core.errors import StudyError
from pipeline.study import tile
from pipeline.study.need import BOTH, Need, Slides, listed, need_pair
from pipeline.study.section import Section, Share

if TYPE_CHECKING:
    from pipeline.study.study import Study

AUTO = "auto"


def _threshold(value: object) -> object:
    if value == AUTO or (type(value) is int and 0 <= value <= 255):
        return value
    raise ValueError(f"it should be {AUTO!r} or a whole number from 0 to 255")


Threshold = Annotated[int | str, BeforeValidator(_threshold)]
Channel = Annotated[int, Field(ge=0, le=2, strict=True)]  # stored pictures have three


class TaskKind(Section):
    """The keys of a kind of task, and what it needs of the sheet: by default nothing."""

    def needs(self, study: "Study", where: str, slides: Slides) -> Iterator[StudyError]:
        """What is missing; one stain is the primary one."""
        return iter(())


class AnnotationTask(TaskKind):
    """The tile's label."""

    def needs(self, study: "Study", where: str, slides: Slides) -> Iterator[StudyError]:
        """Labelled slides in both splits."""
        primary = study.primary(slides)
        labelled = [s for s in slides.values() if s.stain == primary and (s.label or s.annotations)]
        fix = f"fill label or annotations of {primary} slides in data/slides.csv"
        yield from Need(f"labelled slide of stain {primary!r}", where, labelled, BOTH, fix).check()


class StainShareTask(TaskKind):
    """The share of the tile in which ``channel`` of the registered ``stain`` is above ``threshold``.

    ``auto`` is Otsu's threshold of the training patients' slides.
    """

    stain: str
    channel: Channel = 0
    threshold: Threshold = 128

    def needs(self, study: "Study", where: str, slides: Slides) -> Iterator[StudyError]:
        """Registered slides of the stain in both splits."""
        yield from need_pair(study.primary(slides), self.stain, f"{where}.stain", slides, BOTH).check()


class CountTask(TaskKind):
    """The number of instances of the registered ``stain``, such as nuclei of a mask."""

    stain: str

    def needs(self, study: "Study", where: str, slides: Slides) -> Iterator[StudyError]:
        """Registered slides of the stain in both splits, with instances."""
        pair = need_pair(study.primary(slides), self.stain, f"{where}.stain", slides, BOTH)
        without = [slide.slide_id for slide in pair.found if not tile.has_instances(study, slide)]
        if without:
            yield StudyError(
                f"slides of stain {self.stain!r} come without instances to count: {listed(without)}",
                where=f"{where}.stain",
                fix="name a stain of kind mask, all of whose slides are label files or simulated",
            )
        yield from pair.check()


class StainTask(StainShareTask):
    """Whether that share is above ``fraction``."""

    fraction: Share = 0.05
