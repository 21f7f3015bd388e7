"""What the arms of a study are for, which arm each is compared with, and what is said of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.core.files import Json
from pipeline.study.pretrain import LOSSES, OBJECTIVES, Arm
from pipeline.study.translate import METHODS

if TYPE_CHECKING:
    from pipeline.study.study import Study

Arms = Mapping[str, Arm]
ORDER = ("floor", "baseline", "plain", "synthetic", "real", "control", "ceiling")


def role(name: str, arms: Arms, baseline: str | None) -> str:
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
    if baseline is not None and _reference(name, arms, baseline) == name:
        return "baseline"
    if OBJECTIVES[arm.objective].role:
        return OBJECTIVES[arm.objective].role
    if not arm.privileged:
        return "plain"
    if arm.control:
        return "control"
    return "real" if arm.real else "synthetic"


def baseline_of(name: str, arms: Arms, baseline: str | None) -> str | None:
    """The arm that ``name`` is compared with, so that a gain holds the change of view alone.

    That is the arm it names as ``against``; without, ``evaluate.baseline`` where both have the same loss,
    else the unprivileged arm with the same loss. Arms without such a one, and these unprivileged arms
    themselves, are compared with ``evaluate.baseline``; it is compared with nothing: None.
    """
    if arms[name].against:
        return arms[name].against
    if baseline is None or name == baseline:
        return None
    reference = _reference(name, arms, baseline)
    return baseline if reference == name else reference


def entries(study: "Study") -> list[Json]:
    """The arms as the report speaks of them: floor first, then loss by loss, ceiling last.

    Each has a ``name``, a ``role``, a ``text`` that says what it learns from, the ``task`` of a supervised one, its
    ``baseline``, and the comparison in words as ``against``.
    """
    arms, first = study.pretrain.arms, study.evaluate.baseline
    losses = list(dict.fromkeys(_loss_text(arms[name]) for name in ([first] if first else []) + list(arms)))

    def place(entry: Json) -> tuple[int, int, int]:
        end = {"floor": -1, "ceiling": 1}.get(entry["role"], 0)
        return end, losses.index(_loss_text(arms[entry["name"]])), ORDER.index(entry["role"])

    return sorted((_entry(name, arms, first, study) for name in arms), key=place)


def _entry(name: str, arms: Arms, first: str | None, study: "Study") -> Json:
    baseline = baseline_of(name, arms, first)
    own = _loss_text(arms[name])
    other = _loss_text(arms[baseline]) if baseline else ""
    parts = (f"{own}, " if own else "", f"over “{baseline}”", f" with {other}" if other not in ("", own) else "")
    return {
        "name": name,
        "role": role(name, arms, first),
        "text": _text(arms[name], study),
        "task": arms[name].task,
        "baseline": baseline,
        "against": "".join(parts) if baseline else "",
    }


def _reference(name: str, arms: Arms, baseline: str) -> str:
    """The arm that stands for the loss of ``name``; of several alike, the first by name."""
    plain = sorted(other for other, arm in arms.items() if _is_plain(arm) and not arm.only_with)
    alike = (other for other in (baseline, *plain) if _loss(arms[other]) == _loss(arms[name]))
    return next(alike, baseline)


def _is_plain(arm: Arm) -> bool:
    """Whether it is trained on the slide alone, without labels."""
    objective = OBJECTIVES[arm.objective]
    return not objective.role and "privileged" not in objective.takes


def _loss(arm: Arm) -> tuple[str, Any] | None:
    """The loss with all its options, whether the study gives them or not."""
    if arm.loss is None or OBJECTIVES[arm.objective].role:
        return None
    return arm.loss, LOSSES[arm.loss].filled(arm.loss_options)


def _loss_text(arm: Arm) -> str:
    """The loss, with the options that differ from the defaults."""
    if arm.loss is None or OBJECTIVES[arm.objective].role:
        return ""
    method = LOSSES[arm.loss]
    usual, chosen = method.filled({}), method.filled(arm.loss_options)
    changed = [f"{key} {value}" for key, value in sorted(chosen.items()) if value != usual[key]]
    return f"{method.title} ({', '.join(changed)})" if changed else method.title


def _text(arm: Arm, study: "Study") -> str:
    objective = OBJECTIVES[arm.objective]
    if objective.role:
        return f"{objective.title} of “{arm.task}”" if arm.task else objective.title
    parts = [objective.title]
    if arm.privileged:
        parts.append(f"real {arm.real}" if arm.real else _made(study, arm.privileged))
    if arm.control:
        parts.append(f"{arm.control} (control)")
    parts.append(_loss_text(arm))
    if arm.only_with:
        parts.append(f"only tiles with real {arm.only_with}")
    if arm.pairs:
        parts.append(f"of {_patients(arm.pairs)}")
    if arm.length == "epochs":
        parts.append("for as many epochs, not steps")
    return ", ".join(parts)


def _made(study: "Study", translator: str) -> str:
    section = study.translate[translator]
    few = f" from {_patients(section.pairs)}" if section.pairs else ""
    return f"{section.target} by {METHODS[section.method].title}{few}"


def _patients(count: int) -> str:
    return "1 patient" if count == 1 else f"{count} patients"
