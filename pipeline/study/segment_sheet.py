"""Whether the sheet has what segmenters learn from, and are tested on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.core.errors import StudyError
from pipeline.study.encoders import check_place
from pipeline.study.generators import labelled_slides
from pipeline.study.need import Need, Slides, need_primary, need_stain
from pipeline.study.segment_arm import SegmentArm, images_of, test_of

if TYPE_CHECKING:
    from pipeline.study.study import Study


def check_found(study: "Study", slides: Slides) -> Iterator[StudyError]:
    """Slides with labels to learn from and to test on, and translators that lead from the one stain to the other."""
    section = study.segment
    if not study.primary(slides) and not section.images:  # which is what is tested too, if nothing else is said
        yield from need_primary(slides, ("train",))
        return
    test = test_of(study, slides)
    asked = {
        "segment.images": (images_of(study, slides, SegmentArm(method="")), "train"),
        "segment.test": (test, "test"),
    }
    asked |= {f"segment.arms.{n}.images": (arm.images, "train") for n, arm in section.arms.items() if arm.images}
    for key, (stain, split) in asked.items():
        yield from _check_labelled(study, slides, stain, split, f"params.yaml: {key}")
    for name, arm in section.arms.items():
        yield from _check_arm(study, arm, images_of(study, slides, arm), test, f"params.yaml: segment.arms.{name}")


def _check_labelled(study: "Study", slides: Slides, stain: str, split: str, where: str) -> Iterator[StudyError]:
    labels = study.segment.labels
    missing = list(need_stain(stain, where, slides, (split,)).check())
    yield from missing
    if not missing:
        what = f"slide of stain {labels!r} with labels, registered to one of stain {stain!r},"
        fix = "fill paired_with in data/slides.csv"
        found = labelled_slides(study, slides, labels, stain)
        yield from Need(what, where, found, (split,), fix).check()


def _check_arm(study: "Study", arm: SegmentArm, images: str, test: str, where: str) -> Iterator[StudyError]:
    """Whether painted tiles and views are of the stains that the arm reads."""
    for name in arm.painted:
        painted = study.translate[study.synthesize.cohorts[name].painter].target
        if painted != images:
            text = f"{name!r} is painted as {painted!r}, and the arm learns from {images!r}"
            yield StudyError(text, where=f"{where}.train.{name}", fix=f"name a cohort painted as {images!r}")
    for key, ends in (("learn_through", (images, test)), ("test_through", (test, images))):
        made = study.translate.get(getattr(arm, key) or "")
        if made and (made.source, made.target) != ends:
            text = f"{getattr(arm, key)!r} makes {made.target!r} of {made.source!r}"
            fix = f"name one from {ends[0]!r} to {ends[1]!r}: it learns from {images!r} and is tested on {test!r}"
            yield StudyError(text, where=f"{where}.{key}", fix=fix)
    if arm.place:
        yield from check_place(arm.place, study.tile.size, f"{where}.encoder")
