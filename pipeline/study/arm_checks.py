"""Mistakes in the arms of a study, told before any job starts."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.errors import StudyError
from pipeline.study.arm import Arm, Augment
from pipeline.study.arm_cohorts import check_learned_cohorts
from pipeline.study.captions import check_captioned
from pipeline.study.encoders import check_encoder, is_place
from pipeline.study.method import check_method
from pipeline.study.objectives import LOSSES, OBJECTIVES
from pipeline.study.view_checks import check_view

if TYPE_CHECKING:
    from pipeline.study.study import Study

OPTIONAL = tuple(key for key in Arm.model_fields if key not in ("objective", "privileged", "against", "options"))
PRODUCTS = ("models", "data/tiles", "data/normalized", "data/privileged", "data/synthetic", "results")
NEEDED = {
    "teacher": "a teacher: another arm, or a folder of weights",
    "start": "weights: another arm, or a folder",
    "captions": "captions: the name of a source under pretrain.captions",
}


def check_augment(augment: Augment, where: str) -> Iterator[StudyError]:
    """Strengths of an augmentation that has none."""
    for key, usual in (("colour", 1), ("geometry", 1), ("stain", 0)) if augment.preset != "corrected" else ():
        if getattr(augment, key) != usual:
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
        yield from check_view(study, arm, where)
        yield from _check_task(study, arm, where)
        yield from check_captioned(study, arm, where)
        yield from check_learned_cohorts(study, arm, where)
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
    yield from _check_sources(study, name, where)


def _check_sources(study: "Study", name: str, where: str) -> Iterator[StudyError]:
    """Encoders that an arm needs and that have fewer repeats, or are products of the study named by their place."""
    section = study.pretrain
    arm = section.arms[name]
    for key, other in arm.sources.items():
        if is_place(other) and is_product(other):
            fix = "name the arm, so that it is waited for; or copy its folder elsewhere"
            yield StudyError(f"{other!r} is a product of this study", where=f"{where}.{key}", fix=fix)
        if arm.objective in OBJECTIVES and other in section.arms and section.arms[other].objective in OBJECTIVES:
            missing = sorted(set(section.seeds_of(name)) - set(section.seeds_of(other)))
            if missing:
                text = f"{other!r} has no encoder of seeds {', '.join(map(str, missing))}"
                yield StudyError(text, where=f"{where}.{key}", fix="raise pretrain.untrained, or name another")


def is_product(place: str) -> bool:
    """Whether a place is where this study puts what it makes."""
    return any(Path(place).resolve().is_relative_to(Path(root).resolve()) for root in PRODUCTS)


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
