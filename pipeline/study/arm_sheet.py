"""Whether the sheet, and files of the user, have what an arm learns from."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.cohort.vectors import VectorTable, read_vectors
from pipeline.core.errors import ProductError, StudyError
from pipeline.core.slides.slide import Slide
from pipeline.study.arm import REAL_COHORT, Arm
from pipeline.study.arm_cohorts import check_painted_stain
from pipeline.study.captions import check_text, check_told, modified
from pipeline.study.encoders import check_place, is_place
from pipeline.study.need import Slides, need_pair, need_patients

if TYPE_CHECKING:
    from pipeline.study.study import Study


def check_found(study: "Study", slides: Slides, name: str, primary: str) -> Iterator[StudyError]:
    """Whether the sheet, and files of the user, have what an arm learns from."""
    arm, where = study.pretrain.arms[name], f"params.yaml: pretrain.arms.{name}"
    translator = study.translate.get(arm.translator or "")
    if translator and translator.source != primary:
        yield StudyError(
            f"{arm.privileged!r} translates {translator.source!r}, and encoders learn from {primary!r}",
            where=f"{where}.privileged",
            fix=f"use a translator whose source is {primary!r}",
        )
    yield from check_painted_stain(study, arm, primary, where)
    for key, stain in (("only_with", arm.only_with), ("privileged", arm.real)):
        if stain is not None and REAL_COHORT in arm.cohorts:
            yield from need_pair(primary, stain, f"{where}.{key}", slides, ("train",)).check()
    if arm.pairs and arm.partner:
        yield from need_patients(arm.pairs, primary, arm.partner, f"{where}.pairs", slides)
    for key, place in arm.sources.items():
        if is_place(place):
            yield from check_place(place, study.tile.size, f"{where}.{key}")
    learned = _learned(arm, slides, primary)
    if arm.captions is not None:
        yield from check_told(study.pretrain.captions[arm.captions], learned, f"{where}.captions")
    if arm.text:
        yield from check_text(arm.text, where)
    if arm.vector is not None:
        yield from _check_vectors(Path(study.pretrain.vectors[arm.vector].path), learned)


def _learned(arm: Arm, slides: Slides, primary: str) -> list[Slide]:
    """The training slides that an arm learns from; with ``pairs``, all of which some are drawn."""
    having = {slide.paired_with for slide in slides.values() if slide.stain == arm.partner}
    trained = [slide for slide in slides.values() if slide.stain == primary and slide.split == "train"]
    return [slide for slide in trained if arm.partner is None or slide.slide_id in having]


def _check_vectors(path: Path, learned: list[Slide]) -> Iterator[StudyError]:
    """A table that cannot be read, or lacks slides."""
    try:
        _table(path, modified(path)).require(slide.slide_id for slide in learned)
    except ProductError as error:
        yield StudyError(error.message, where=error.where, fix=error.fix)


@cache
def _table(path: Path, stamp: int) -> VectorTable:  # read once for all arms and folds
    return read_vectors(path)
