"""An arm for every objective and every loss of the study's tables, and their jobs on the cohort of ``conftest``."""

from pipeline.core.slides.slide import Slide
from pipeline.study import pretrain
from pipeline.study.objectives import LOSSES, OBJECTIVES
from pipeline.study.study import parse_study

from .conftest import SLIDES

FLOOR = "floor"  # an arm that is there before the others: their teacher
ARM_OF = {"loss": "vicreg", "privileged": "real/IHC", "task": "tissue", "teacher": FLOOR}  # what an objective may need
SECTION = {
    "seeds": [0],
    "untrained": 1,
    "batch": 24,
    "lr": 1e-3,
    "encoder": {"depth": 18, "width": 4},
    "projector": {"width": 8, "layers": 2},
}
STEPS = 10  # 24 training tiles are one batch, so an epoch is a step


def arms():
    """Name to arm: those that train, each with what it takes, and every loss once more."""
    found = {FLOOR: {"objective": "untrained"}}
    for name, objective in OBJECTIVES.items():
        given = {key: value for key, value in ARM_OF.items() if key in objective.needs | (objective.takes & {"loss"})}
        if objective.trains:
            found[name] = {"objective": name, **given}
    found |= {f"loss-{loss}": {"objective": "unprivileged", "loss": loss} for loss in LOSSES}
    found["shuffled"] = {"objective": "trident", "loss": "infonce", "privileged": "real/IHC", "control": "shuffled"}
    found["released"] = {"objective": "unprivileged", "loss": "vicreg", "augment": {"preset": "released"}}
    return found


def jobs(**section):
    """Name of every arm to its job; keys of the section replace those above."""
    facts = ("patient_id", "site", "stain", "split", "paired_with")
    slides = {s: Slide(slide_id=s, path="x", **dict(zip(facts, v, strict=True))) for s, v in SLIDES.items()}
    content = {
        "pretrain": {"arms": arms(), "epochs": STEPS, **SECTION, **section},
        "evaluate": {"baseline": FLOOR, "tasks": {"tissue": {"kind": "annotation"}}},
    }
    found = pretrain.jobs(parse_study(content), slides)
    return {job.key[0]: job for job in found if job.rule == "pretrain"}
