"""Mistakes in the privileged view of an arm that params.yaml alone shows."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.core.cohort.privileged import REAL, SELF, VECTOR
from pipeline.core.errors import StudyError
from pipeline.study.arm import Arm
from pipeline.study.objectives import OBJECTIVES
from pipeline.study.translate import view_makers

if TYPE_CHECKING:
    from pipeline.study.study import Study


def check_view(study: "Study", arm: Arm, where: str) -> Iterator[StudyError]:
    """A privileged source that it lacks, does not take, or that is not there."""
    objective = OBJECTIVES[arm.objective]
    tables = [f"{VECTOR}{name}" for name in study.pretrain.vectors]
    sources = ", ".join([*view_makers(study), f"{REAL}<stain>", *tables, SELF])
    if "privileged" in objective.needs and arm.privileged is None:
        text = f"{arm.objective!r} needs a privileged source"
        yield StudyError(text, where=f"{where}.privileged", fix=f"sources: {sources}")
    if "privileged" not in objective.takes and arm.privileged is not None:
        text = f"{arm.objective!r} takes no privileged source"
        yield StudyError(text, where=f"{where}.privileged", fix=f"remove it; sources are: {sources}")
    if arm.translator and arm.translator not in study.translate:
        yield StudyError(
            f"no translator makes the privileged source {arm.privileged!r}",
            where=f"{where}.privileged",
            fix=f"use one of: {sources}; or add the translator under 'translate'",
        )
    elif arm.translator and arm.translator not in view_makers(study):
        yield StudyError(
            f"{arm.privileged!r} makes tiles of its own, and no view of a slide",
            where=f"{where}.privileged",
            fix=f"use one of: {sources}; painted tiles are learned from as cohorts: [real, <name>]",
        )
    if arm.vector is not None and arm.vector not in study.pretrain.vectors:
        fix = f"use one of: {sources}; or add {arm.vector!r} under 'pretrain.vectors'"
        yield StudyError(f"no table {arm.vector!r}", where=f"{where}.privileged", fix=fix)
    elif arm.vector is not None and objective.pictures:
        fix = "choose a picture, or another objective"
        yield StudyError(f"{arm.objective!r} takes no table of numbers", where=f"{where}.privileged", fix=fix)
    if arm.control and arm.privileged is None and "privileged" in objective.takes - objective.needs:
        text = f"{arm.control!r} has no view that it could stand for"
        yield StudyError(text, where=f"{where}.control", fix="remove it, or add privileged")
    if arm.control and arm.privileged == SELF:
        fix = "remove it: what a tile shows of itself is the own view; or name another source"
        yield StudyError(f"{arm.control!r} and {SELF!r} are two controls", where=f"{where}.control", fix=fix)
    if arm.pairs and "pairs" in objective.takes:
        yield from _check_pairs(where, arm)


def _check_pairs(where: str, arm: Arm) -> Iterator[StudyError]:
    """Whether it is said which partners ``pairs`` counts."""
    if not arm.partner:
        yield StudyError(
            "'pairs' counts patients with a registered partner, and no key says of which stain",
            where=f"{where}.pairs",
            fix="add only_with: <stain>, which a synthetic view needs, too; or privileged: real/<stain>",
        )
    elif arm.only_with and arm.partner != arm.only_with:
        yield StudyError(
            f"'pairs' counts patients with partners of one stain, not of {arm.partner!r} and {arm.only_with!r}",
            where=f"{where}.only_with",
            fix="remove it",
        )
