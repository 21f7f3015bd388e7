"""Mistakes in the arms of a study, told before any job starts."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.cohort.privileged import REAL, SELF, VECTOR
from pipeline.core.cohort.vectors import read_vectors
from pipeline.core.errors import ProductError, StudyError
from pipeline.study.arm import Arm, Augment
from pipeline.study.captions import check_captioned, check_told
from pipeline.study.encoders import check_encoder, check_place, is_place
from pipeline.study.method import check_method
from pipeline.study.need import Slides, need_pair, need_patients
from pipeline.study.objectives import LOSSES, OBJECTIVES

if TYPE_CHECKING:
    from pipeline.study.study import Study

OPTIONAL = tuple(key for key in Arm.model_fields if key not in ("objective", "privileged", "against", "options"))
NEEDED = {
    "teacher": "a teacher: another arm, or a folder of weights",
    "start": "weights: another arm, or a folder",
    "captions": "captions: the name of a source under pretrain.captions",
}


def check_augment(augment: Augment, where: str) -> Iterator[StudyError]:
    """Strengths of an augmentation that has none."""
    for key in ("colour", "geometry") if augment.preset != "corrected" else ():
        if getattr(augment, key) != 1:
            fix = "remove it, or set preset: corrected"
            yield StudyError(
                f"{augment.preset!r}, a published augmentation, has no strength", where=f"{where}.{key}", fix=fix
            )


def check_arm(study: "Study", name: str) -> Iterator[StudyError]:
    """Mistakes of one arm that params.yaml alone shows."""
    arms, where = study.pretrain.arms, f"pretrain.arms.{name}"
    arm = arms[name]
    yield from check_method(OBJECTIVES, arm.objective, arm.options, f"{where}.objective", f"{where}.options")
    if arm.objective in OBJECTIVES:
        yield from _check_keys(arm, where)
        yield from _check_loss(arm, where)
        yield from _check_view(study, arm, where)
        yield from _check_task(study, arm, where)
        yield from check_captioned(study, arm, where)
    if arm.augment:
        yield from check_augment(arm.augment, f"{where}.augment")
    if arm.encoder:
        yield from check_encoder(arm.encoder, study.tile.size, f"{where}.encoder")
    others = [other for other in arms if other != name]
    for key, named in [*(("against", other) for other in arm.against), *arm.sources.items()]:
        if named not in others and (key == "against" or not is_place(named)):
            fix = f"choose of: {', '.join(others)}" if others else "remove it: there is no other arm"
            places = "; or a folder of weights, whose name has a '/'" if key != "against" else ""
            yield StudyError(f"{named!r} is no other arm", where=f"{where}.{key}", fix=fix + places)


def _check_keys(arm: Arm, where: str) -> Iterator[StudyError]:
    """Keys that have no effect on its objective, or that it lacks."""
    objective = OBJECTIVES[arm.objective]
    given = [
        key for key in OPTIONAL if getattr(arm, key) != Arm.model_fields[key].get_default(call_default_factory=True)
    ]
    for key in given:
        if key not in objective.takes:
            able = ", ".join(name for name, other in OBJECTIVES.items() if key in other.takes)
            fix = f"remove it, or choose an objective of: {able}"
            yield StudyError(f"{key!r} has no effect on {arm.objective!r}", where=f"{where}.{key}", fix=fix)
    for key, what in NEEDED.items():
        if key in objective.needs and getattr(arm, key) is None:
            yield StudyError(f"{arm.objective!r} needs {what}", where=f"{where}.{key}", fix=f"add {key}")
    if arm.start and arm.encoder:
        fix = "remove one: an encoder is what its first weights are of"
        yield StudyError("'start' and 'encoder' both say what the encoder is", where=f"{where}.encoder", fix=fix)


def _check_loss(arm: Arm, where: str) -> Iterator[StudyError]:
    if "loss" in OBJECTIVES[arm.objective].takes:
        if arm.loss is None:
            fix = f"one of: {', '.join(LOSSES)}"
            yield StudyError(f"{arm.objective!r} needs a loss", where=f"{where}.loss", fix=fix)
        else:
            yield from check_method(LOSSES, arm.loss, arm.loss_options, f"{where}.loss", f"{where}.loss_options")


def _check_view(study: "Study", arm: Arm, where: str) -> Iterator[StudyError]:
    """A privileged source that it lacks, does not take, or that is not there."""
    objective = OBJECTIVES[arm.objective]
    tables = [f"{VECTOR}{name}" for name in study.pretrain.vectors]
    sources = ", ".join([*study.translate, f"{REAL}<stain>", *tables, SELF])
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


def _check_task(study: "Study", arm: Arm, where: str) -> Iterator[StudyError]:
    """A task of classes that labels come from."""
    objective = OBJECTIVES[arm.objective]
    tasks = [name for name, task in study.evaluate.tasks.items() if not task.continuous]
    wanted = "task" in objective.needs or ("task" in objective.takes and arm.task is not None)
    if wanted and arm.task not in tasks:
        fix = f"choose one of: {', '.join(tasks) or 'none; add tasks under evaluate'}"
        text = f"{arm.objective!r} needs a task of classes, not {arm.task!r}"
        yield StudyError(text, where=f"{where}.task", fix=fix)
    if "teacher" in objective.takes and "alpha" in arm.options and arm.task is None:
        fix = "remove it, or add a task"
        yield StudyError("'alpha' weighs labels, and no task gives any", where=f"{where}.options.alpha", fix=fix)


def check_circles(arms: Mapping[str, Arm]) -> Iterator[StudyError]:
    """Arms that wait for one another, each circle once."""
    told: set[str] = set()
    for name in arms:
        path = _circle(arms, name, ())
        if path and not told & set(path):
            told |= set(path)
            yield StudyError(
                f"arms wait for one another: {' -> '.join([*path, path[0]])}",
                where=f"pretrain.arms.{path[0]}",
                fix="let one of them start from random weights, or learn from another teacher",
            )


def _circle(arms: Mapping[str, Arm], name: str, path: tuple[str, ...]) -> tuple[str, ...]:
    """The circle of teachers and starts that ``name`` leads into after ``path``; empty where there is none."""
    if name in path:
        return path[path.index(name) :]
    others = (other for other in arms[name].sources.values() if other in arms and other != name)
    return next(filter(None, (_circle(arms, other, (*path, name)) for other in others)), ())


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
    for key, stain in (("only_with", arm.only_with), ("privileged", arm.real)):
        if stain is not None:
            yield from need_pair(primary, stain, f"{where}.{key}", slides, ("train",)).check()
    if arm.pairs and arm.partner:
        yield from need_patients(arm.pairs, primary, arm.partner, f"{where}.pairs", slides)
    for key, place in arm.sources.items():
        if is_place(place):
            yield from check_place(place, study.tile.size, f"{where}.{key}")
    if arm.captions is not None:
        yield from check_told(study, slides, arm, where)
    if arm.vector is not None:
        trained = [s.slide_id for s in slides.values() if s.stain == primary and s.split == "train"]
        yield from _check_vectors(Path(study.pretrain.vectors[arm.vector].path), trained)


def _check_vectors(path: Path, trained: list[str]) -> Iterator[StudyError]:
    """A table that cannot be read, or lacks training slides."""
    try:
        read_vectors(path).require(trained)
    except ProductError as error:
        yield StudyError(error.message, where=error.where, fix=error.fix)
