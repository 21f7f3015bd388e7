"""The study: ``params.yaml``, validated before any job starts."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from pipeline.core.errors import StudyError
from pipeline.study.layout import PARAMS
from pipeline.study.readable import readable
from pipeline.study.registry import LOSSES, NORMALIZERS, OBJECTIVES, TRANSLATORS, options
from pipeline.study.sections import (
    Arm,
    Evaluate,
    Name,
    Normalize,
    Pretrain,
    Report,
    Section,
    Synthesize,
    Tile,
    Translator,
)

PHASES = ("tile", "normalize", "translate", "synthesize", "pretrain", "evaluate", "report")
REAL = "real/"
PRIVILEGED = ("trident", "siamese")
JOINT = ("unprivileged", *PRIVILEGED)
EFFECTIVE = {  # key of an arm: the objectives it acts on
    "control": PRIVILEGED,
    "only_with": (*JOINT, "supervised"),
    "task": ("supervised",),
    "loss": JOINT,
    "loss_options": JOINT,
}


class Study(Section):
    """The whole of ``params.yaml``: the seed and one section per phase, all of them there, for DVC watches them."""

    seed: int
    tile: Tile
    normalize: Normalize
    translate: dict[Name, Translator]
    synthesize: Synthesize
    pretrain: Pretrain
    evaluate: Evaluate
    report: Report


def load_study(path: Path) -> Study:
    """Reads and validates ``params.yaml``.

    Raises:
        StudyError: The file is missing, is not YAML, or a value is wrong; names the key and the fix.
    """
    if not path.is_file():
        raise StudyError("no study here", where=str(path), fix="run this in a study folder, or 'synpriv init DIR'")
    try:
        text = path.read_text()
        _check_repeated(yaml.compose(text, yaml.SafeLoader))
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise StudyError(f"not valid YAML: {error}", where=str(path), fix="mend the syntax") from error
    return parse_study(content, str(path))


def _check_repeated(node: yaml.Node | None) -> None:
    """Raises StudyError where a key occurs twice, of which YAML would keep the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                where = f"{PARAMS} line {key.start_mark.line + 1}"
                raise StudyError(f"the key {key.value!r} occurs twice", where=where, fix="rename one of them")
            seen.add(key.value)
            _check_repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_repeated(item)


def parse_study(content: object, where: str = "params.yaml") -> Study:
    """Validates the content of a params.yaml; see :func:`load_study`."""
    try:
        study = Study.model_validate(content)
    except ValidationError as error:
        raise readable(error, where, Study) from None
    try:
        _check_names(study)
    except StudyError as error:
        error.where = f"{where}: {error.where}"
        raise
    return study


def _check_names(study: Study) -> None:
    """Names in one section that must exist in another, and the options of every method."""
    if study.tile.min_tissue > study.tile.max_tissue:
        raise StudyError(
            f"tiles of at least {study.tile.min_tissue:g} tissue and at most {study.tile.max_tissue:g}: there are none",
            where="tile.max_tissue",
            fix="lower tile.min_tissue or raise tile.max_tissue",
        )
    options(NORMALIZERS, study.normalize.method, study.normalize.options, "normalize")
    for name, translator in study.translate.items():
        options(TRANSLATORS, translator.method, translator.options, f"translate.{name}")
        if TRANSLATORS[translator.method].paired_only and translator.pairing != "paired":
            raise StudyError(
                f"{translator.method!r} learns from registered slides",
                where=f"translate.{name}.pairing",
                fix="set pairing: paired, or use a method that needs no pairs",
            )
    for name, where in (("real", "translate"), ("index", "translate"), ("index", "pretrain.arms")):
        if name in (study.translate if where == "translate" else study.pretrain.arms):
            raise StudyError(f"name {name!r} is taken by the pipeline", where=f"{where}.{name}", fix="rename it")
    for name, arm in study.pretrain.arms.items():
        _check_arm(study, f"pretrain.arms.{name}", arm)
    if study.evaluate.baseline not in study.pretrain.arms:
        fix = f"choose one of: {', '.join(study.pretrain.arms)}"
        raise StudyError(f"baseline {study.evaluate.baseline!r} is no arm", where="evaluate.baseline", fix=fix)
    for name, task in study.evaluate.tasks.items():
        if task.kind == "stain" and task.stain is None:
            where = f"evaluate.tasks.{name}.stain"
            raise StudyError("a stain task needs its stain", where=where, fix="add 'stain: <name>'")


def _check_arm(study: Study, where: str, arm: Arm) -> None:
    options(OBJECTIVES, arm.objective, arm.options, where)
    sources = ", ".join([*study.translate, f"{REAL}<stain>"])
    wants_privileged = arm.objective in PRIVILEGED
    if arm.objective in JOINT:
        if arm.loss is None:
            fix = f"one of: {', '.join(LOSSES)}"
            raise StudyError(f"{arm.objective!r} needs a loss", where=f"{where}.loss", fix=fix)
        options(LOSSES, arm.loss, arm.loss_options, where, "loss_options")
    if wants_privileged != (arm.privileged is not None):
        need = "needs a privileged source" if wants_privileged else "takes no privileged source"
        raise StudyError(f"{arm.objective!r} {need}", where=f"{where}.privileged", fix=f"sources: {sources}")
    for key, objectives in EFFECTIVE.items():
        if getattr(arm, key) and arm.objective not in objectives:
            fix = f"remove it, or choose an objective of: {', '.join(objectives)}"
            raise StudyError(f"{key!r} has no effect on {arm.objective!r}", where=f"{where}.{key}", fix=fix)
    if arm.privileged and not arm.privileged.startswith(REAL) and arm.privileged not in study.translate:
        raise StudyError(
            f"no translator makes the privileged source {arm.privileged!r}",
            where=f"{where}.privileged",
            fix=f"use one of: {sources}; or add the translator under 'translate'",
        )
    if arm.objective == "supervised" and arm.task not in study.evaluate.tasks:
        fix = f"choose one of: {', '.join(study.evaluate.tasks)}"
        raise StudyError(f"a supervised arm needs a task, not {arm.task!r}", where=f"{where}.task", fix=fix)
    others = [name for name in study.pretrain.arms if where != f"pretrain.arms.{name}"]
    if arm.against is not None and arm.against not in others:
        fix = f"choose one of: {', '.join(others)}"
        raise StudyError(f"{arm.against!r} is no other arm", where=f"{where}.against", fix=fix)
