"""Mistakes in the arms of ``segment`` that params.yaml alone shows."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pipeline.core.errors import StudyError
from pipeline.study.adversarial import check_size
from pipeline.study.arm import REAL_COHORT
from pipeline.study.arm_checks import is_product
from pipeline.study.method import check_method
from pipeline.study.segment_arm import SegmentArm
from pipeline.study.segmenter_method import SegmenterMethod
from pipeline.study.translate import view_makers

if TYPE_CHECKING:
    from pipeline.study.study import Study

NORMALIZE = "normalize"  # what 'synpriv apply' knows beside translators and arms
THROUGH = ("learn_through", "test_through")


def check_arm(study: "Study", name: str, methods: Mapping[str, SegmenterMethod]) -> Iterator[StudyError]:
    """Mistakes of one arm."""
    arm, where = study.segment.arms[name], f"segment.arms.{name}"
    if name == NORMALIZE:
        yield StudyError(f"name {name!r} is taken by 'synpriv apply'", where=where, fix="rename it")
    if name in study.translate:
        text = f"there is a translator {name!r}, too, and 'synpriv apply' knows both by their names"
        yield StudyError(text, where=where, fix="rename one of them")
    yield from check_method(methods, arm.method, arm.options, f"{where}.method", f"{where}.options")
    yield from check_size(methods.get(arm.method), arm.options, study.tile.size, f"{where}.options")
    if arm.method in methods:
        yield from _check_encoder(study, arm, methods, where)
    yield from _check_shares(study, arm, where)
    yield from _check_through(study, arm, where)
    others = [other for other in study.segment.arms if other != name]
    for other in arm.against:
        if other not in others:
            fix = f"choose of: {', '.join(others)}" if others else "remove it: there is no other arm"
            yield StudyError(f"{other!r} is no other arm", where=f"{where}.against", fix=fix)


def _check_encoder(
    study: "Study", arm: SegmentArm, methods: Mapping[str, SegmenterMethod], where: str
) -> Iterator[StudyError]:
    """An encoder that a method lacks, does not take, or that is not there for every seed."""
    where, section = f"{where}.encoder", study.pretrain
    if not methods[arm.method].encoded:
        if arm.encoder:
            able = ", ".join(name for name, method in methods.items() if method.encoded)
            text = f"{arm.method!r} takes no encoder"
            yield StudyError(text, where=where, fix=f"remove it, or choose a method of: {able}")
        return
    fix = f"name an arm of pretrain: {', '.join(section.arms) or 'there is none'}; or a folder of weights, with a '/'"
    if not arm.encoder:
        yield StudyError(f"{arm.method!r} needs an encoder", where=where, fix=fix)
    elif arm.place and is_product(arm.place):
        told = "name the arm, so that it is waited for; or copy its folder elsewhere"
        yield StudyError(f"{arm.place!r} is a product of this study", where=where, fix=told)
    elif arm.pretrained and arm.pretrained not in section.arms:
        yield StudyError(f"{arm.pretrained!r} is no arm of pretrain", where=where, fix=fix)
    elif arm.pretrained and (missing := sorted(set(study.segment.seeds) - set(section.seeds_of(arm.pretrained)))):
        text = f"{arm.pretrained!r} has no encoder of seeds {', '.join(map(str, missing))}"
        yield StudyError(text, where=where, fix="add them to pretrain.seeds, or take them out of segment.seeds")


def _check_shares(study: "Study", arm: SegmentArm, where: str) -> Iterator[StudyError]:
    """What it learns from, and that there is as much."""
    where, known = f"{where}.train", [REAL_COHORT, *study.synthesize.cohorts]
    for name in arm.train:
        if name not in known:
            fix = f"choose of: {', '.join(known)}; or add it under synthesize.cohorts"
            yield StudyError(f"no cohort {name!r}", where=f"{where}.{name}", fix=fix)
    if not arm.shares:
        yield StudyError("it learns from nothing", where=where, fix="give one of them a share above 0")
    if arm.train.get(REAL_COHORT, 0) > 1:
        text = f"a share of {arm.train[REAL_COHORT]:g}, and 1 is all real tiles"
        yield StudyError(text, where=f"{where}.{REAL_COHORT}", fix="set it to 1 at most")
    for name in arm.painted:
        section = study.synthesize.cohorts.get(name)
        painter = study.translate.get(section.painter) if section else None
        if painter and painter.source != study.segment.labels:
            labels = study.segment.labels
            text = f"the tiles of {name!r} have masks of {painter.source!r}, and segment.labels is {labels!r}"
            yield StudyError(text, where=f"{where}.{name}", fix=f"name a cohort painted for {labels!r}")
        if arm.learn_through:
            text = f"{arm.learn_through!r} makes views of slides, and painted tiles have none"
            yield StudyError(text, where=f"{where}.{name}", fix="remove it, or learn_through")


def _check_through(study: "Study", arm: SegmentArm, where: str) -> Iterator[StudyError]:
    """Translators that are not there, or make no views."""
    able = ", ".join(view_makers(study)) or "none; add one under translate"
    for key in THROUGH:
        name = getattr(arm, key)
        if name and name not in view_makers(study):
            text = f"{name!r} makes no views of slides" if name in study.translate else f"no translator {name!r}"
            yield StudyError(text, where=f"{where}.{key}", fix=f"choose one of: {able}")
    if arm.learn_through and arm.test_through:
        text = "it learns from views of one stain, and would be tested on views of another"
        yield StudyError(text, where=f"{where}.test_through", fix="remove one of learn_through and test_through")
