"""What the arms of a study are for, and which arm each is compared with."""

from collections.abc import Mapping
from typing import Any

from pipeline.study.registry import LOSSES, options
from pipeline.study.sections import Arm
from pipeline.study.study import REAL

FIXED = {"untrained": "floor", "supervised": "ceiling"}


def role(name: str, arms: Mapping[str, Arm], baseline: str) -> str:
    """What an arm is for.

    Args:
        name: The arm.
        arms: Every arm of the study.
        baseline: ``evaluate.baseline``.

    Returns:
        ``baseline`` (of its loss), ``floor`` (untrained), ``ceiling`` (supervised), ``plain`` (no privileged
        view), ``control`` (a view that carries no information), or ``real`` or ``synthetic`` for its view.
    """
    arm = arms[name]
    if _reference(name, arms, baseline) == name:
        return "baseline"
    if arm.objective in FIXED:
        return FIXED[arm.objective]
    if not arm.privileged:
        return "plain"
    if arm.control:
        return "control"
    return "real" if arm.privileged.startswith(REAL) else "synthetic"


def baseline_of(name: str, arms: Mapping[str, Arm], baseline: str) -> str | None:
    """The arm that ``name`` is compared with, so that a gain holds the change of view alone.

    That is the arm it names as ``against``; without, ``evaluate.baseline`` where both have the same loss,
    else the unprivileged arm with the same loss. Arms without such a one, and these unprivileged arms
    themselves, are compared with ``evaluate.baseline``; it is compared with nothing: None.
    """
    if arms[name].against:
        return arms[name].against
    if name == baseline:
        return None
    reference = _reference(name, arms, baseline)
    return baseline if reference == name else reference


def _reference(name: str, arms: Mapping[str, Arm], baseline: str) -> str:
    """The arm that stands for the loss of ``name``; of several alike, the first by name."""
    plain = sorted(other for other, arm in arms.items() if arm.objective == "unprivileged" and not arm.only_with)
    alike = (other for other in (baseline, *plain) if _loss(arms[other]) == _loss(arms[name]))
    return next(alike, baseline)


def _loss(arm: Arm) -> tuple[str, Any] | None:
    """The loss with all its options, whether the study gives them or not."""
    if arm.loss is None or arm.objective in FIXED:
        return None
    return arm.loss, options(LOSSES, arm.loss, arm.loss_options, "pretrain.arms")
