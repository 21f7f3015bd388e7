"""Mistakes in the cohorts that an arm learns from."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.core.errors import StudyError
from pipeline.study.arm import REAL_COHORT, Arm
from pipeline.study.objectives import OBJECTIVES

if TYPE_CHECKING:
    from pipeline.study.study import Study

UNTOLD = {  # keys of an arm that ask of every tile what nobody knows of painted ones
    "captions": "nothing is said of painted tiles",
    "task": "painted tiles have no labels",
}


def check_learned_cohorts(study: "Study", arm: Arm, where: str) -> Iterator[StudyError]:
    """Cohorts that an arm names and that are not there, or of whose tiles it asks what nobody knows."""
    known = [REAL_COHORT, *study.synthesize.cohorts]
    for name in arm.cohorts:
        if name not in known:
            fix = f"choose of: {', '.join(known)}; or add it under synthesize.cohorts"
            yield StudyError(f"no cohort {name!r}", where=f"{where}.cohorts", fix=fix)
    painted = [name for name in arm.painted if name in known]
    if not painted or arm.objective not in OBJECTIVES or "cohorts" not in OBJECTIVES[arm.objective].takes:
        return
    fix = f"set cohorts: [{REAL_COHORT}], or remove it"
    for key, why in UNTOLD.items():
        if getattr(arm, key) is not None:
            yield StudyError(why, where=f"{where}.{key}", fix=fix)
    if arm.translator or arm.vector:
        text = f"{arm.privileged!r} is a view of slides, and painted tiles have none"
        yield StudyError(text, where=f"{where}.privileged", fix="name real/<the masks' stain>, or set cohorts: [real]")
    if arm.pairs and REAL_COHORT not in arm.cohorts:
        text = "'pairs' counts patients, and painted tiles have none"
        yield StudyError(text, where=f"{where}.pairs", fix=f"remove it, or add {REAL_COHORT} to cohorts")
    for name in painted:
        yield from _check_drawings(study, arm, name, where)
        yield from _check_partner(study, arm, name, where)


def _check_drawings(study: "Study", arm: Arm, name: str, where: str) -> Iterator[StudyError]:
    """A painter of few patients, one drawing of whom stands beside every drawing of an arm."""
    painter = study.translate.get(study.synthesize.cohorts[name].painter)
    if arm.pairs and painter and painter.pairs and painter.repeats > 1:
        yield StudyError(
            f"{name!r} is painted by the first repeat of a painter with 'pairs', and every repeat draws its patients",
            where=f"{where}.pairs",
            fix="set repeats: 1 for the translators with pairs, so that all seeds have the same patients",
        )


def _check_partner(study: "Study", arm: Arm, name: str, where: str) -> Iterator[StudyError]:
    """A stain that painted slides have none registered of, so that nothing of them would be learned from."""
    painter = study.translate.get(study.synthesize.cohorts[name].painter)
    for key, stain in (("privileged", arm.real), ("only_with", arm.only_with)):
        if stain is not None and painter is not None and stain != painter.source:
            text = f"the tiles of {name!r} have registered {painter.source!r} alone, none of {stain!r}"
            yield StudyError(text, where=f"{where}.{key}", fix=f"take {name!r} out of cohorts")


def check_painted_stain(study: "Study", arm: Arm, primary: str, where: str) -> Iterator[StudyError]:
    """Painted tiles of another stain than encoders learn from."""
    for name in arm.painted:
        target = study.translate[study.synthesize.cohorts[name].painter].target
        if target != primary:
            text = f"{name!r} is painted as {target!r}, and encoders learn from {primary!r}"
            yield StudyError(text, where=f"{where}.cohorts", fix=f"name a cohort painted as {primary!r}")
