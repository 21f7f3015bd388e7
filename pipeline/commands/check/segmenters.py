"""What segmenters will take, and whether there are as many painted tiles as they ask for."""

from collections.abc import Iterator, Mapping

from pipeline.commands.check.inspection import Inspection
from pipeline.study.generators import labelled_slides
from pipeline.study.need import Slides
from pipeline.study.segment_arm import SegmentArm, images_of
from pipeline.study.study import Study


def told(study: Study, slides: Slides, found: Mapping[str, Inspection]) -> Iterator[str]:
    """A line on all trainings, and one for every share that asks for more painted tiles than there will be.

    Args:
        study: Valid.
        slides: Of the sheet, or of a fold.
        found: What was found in each of the slides.
    """
    section = study.segment
    if not section.arms:
        return
    steps = sum(arm.trained(section)["steps"] for arm in section.arms.values()) * len(section.seeds)
    _, tiles = _labelled(study, slides, found, section.arms[section.baseline or next(iter(section.arms))])
    trainings = len(section.arms) * len(section.seeds)
    yield f"Segmenters: {trainings:,} trainings, {steps:,} steps in all; {tiles} real training tiles with labels"
    for name, arm in section.arms.items():
        total, tiles = _labelled(study, slides, found, arm)
        for cohort in arm.painted:
            asked, having = int(arm.shares[cohort] * total + 0.5), study.synthesize.cohorts[cohort].count
            if asked > having:
                yield (
                    f"segment.arms.{name}: {arm.shares[cohort]:g} of {tiles} real tiles are {asked:,}, "
                    f"and {cohort!r} has {having:,}: raise synthesize.cohorts.{cohort}.tiles"
                )


def _labelled(study: Study, slides: Slides, found: Mapping[str, Inspection], arm: SegmentArm) -> tuple[int, str]:
    """How many real training tiles with labels an arm has, of which its shares are, and the same in words."""
    masks = labelled_slides(study, slides, study.segment.labels, images_of(study, slides, arm))
    own = [found[one.slide_id] for one in masks if one.split == "train" and found[one.slide_id].fit]
    total = sum(one.tiles for one in own)
    return total, f"{'about' if all(one.counted for one in own) else 'at most'} {total:,}"
