"""What an arm's job depends on beside its files: its code, and its settings as plain JSON."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.files import Json
from pipeline.study.arm import Arm
from pipeline.study.encoders import code_of, is_place
from pipeline.study.objectives import LOSSES, OBJECTIVES
from pipeline.study.optimizers import OPTIMIZERS
from pipeline.study.preparation import preparation
from pipeline.study.stains import kind_of

if TYPE_CHECKING:
    from pipeline.study.study import Study

# what no arm has, or each its own
WITHOUT = {"preset", "arms", "seeds", "untrained", "augment", "encoder", "vectors", "captions"}


def captions_file(study: "Study", arm: Arm) -> Path | None:
    """The file of an arm's captions; None where there are none, or templates."""
    file = study.pretrain.captions[arm.captions].file if arm.captions else None
    return Path(file) if file else None


def captions_spec(study: "Study", arm: Arm) -> Json | None:
    """What is said of an arm's captions beside the file."""
    source = study.pretrain.captions[arm.captions] if arm.captions else None
    return source.model_dump(mode="json", exclude={"file"}) if source else None


def family_code(study: "Study", name: str) -> str:
    """Where the code of the encoder of an arm, or of a place, is."""
    if is_place(name):
        return code_of(name)
    arm = study.pretrain.arms[name]
    return family_code(study, arm.start) if arm.start else study.pretrain.encoder_of(arm).code


def builds(arm: Arm) -> bool:
    """Whether it builds an encoder that starts from no other's weights: its own, or that of its privileged view."""
    return arm.start is None or (bool(arm.privileged) and not arm.vector and arm.objective != "predict")


def code_of_arm(study: "Study", arm: Arm) -> dict[str, str]:
    """Where the code of what an arm names is."""
    new = builds(arm)
    code = {
        "objective": OBJECTIVES[arm.objective].code,
        "encoder": study.pretrain.encoder_of(arm).code if new else "",
        **{key: family_code(study, name) for key, name in arm.sources.items()},
        "loss": LOSSES[arm.loss].code if arm.loss else "",
        "task": study.evaluate.tasks[arm.task].code if arm.task else "",
        "vectors": "pipeline.pretrain.vectors:vectors_of" if arm.vector else "",
        "captions": "pipeline.pretrain.captions:captions_of" if arm.captions else "",
    }
    return {key: place for key, place in code.items() if place}


def spec_of_arm(study: "Study", arm: Arm, primary: str) -> Json:
    """What all repeats of an arm depend on, beside files and code."""
    objective, given = OBJECTIVES[arm.objective], study.pretrain
    section = given if objective.trains else given.untouched()
    without = {
        "against",
        "augment",
        "encoder",
        "lr",
        *(() if arm.painted else ("cohorts",)),
    }  # 'against' trains nothing
    chosen = arm.model_dump(mode="json", exclude=without)
    chosen["options"] = objective.filled(arm.options)
    if arm.loss:
        chosen["loss_options"] = LOSSES[arm.loss].filled(arm.loss_options)
    target = study.translate[arm.translator].target if arm.translator else arm.real
    new = builds(arm)
    shown = target or (primary if arm.privileged and not arm.vector else None)
    return {
        **section.model_dump(mode="json", exclude=WITHOUT),
        "preparation": preparation(study, primary),
        "optimizer_options": OPTIMIZERS[section.optimizer].filled(section.optimizer_options),
        "primary": primary,
        "primary_kind": kind_of(primary, study.stains),
        "lr": arm.lr or section.lr,
        "augment": (arm.augment or section.augment).spec(),
        "encoder": given.encoder_of(arm).filled(study.tile.size) if new else None,
        "arm": chosen,
        "task": study.evaluate.tasks[arm.task].filled() if arm.task else None,
        "vectors": given.vectors[arm.vector].model_dump(mode="json", exclude={"path"}) if arm.vector else None,
        "captions": captions_spec(study, arm),
        "view_kind": kind_of(shown, study.stains) if shown else None,
        "seed": study.seed,
    }
