"""What the arms of a study are for, what each is compared with, and what is said of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline.core.cohort.privileged import SELF
from pipeline.core.files import Json
from pipeline.study.pretrain import LOSSES, OBJECTIVES, Arm
from pipeline.study.translate import METHODS

if TYPE_CHECKING:
    from pipeline.study.study import Study

Arms = Mapping[str, Arm]
ORDER = ("floor", "no_view", "own_view", "shuffled", "blank", "synthetic", "real", "supervised")
CONTROLS = ("own_view", "shuffled")  # differ from a privileged arm in the view alone


def role(arm: Arm) -> str:
    """What an arm is for, one of ORDER: ``floor`` (untrained), ``supervised``, or whatever its privileged view is.

    That is none at all, the tile itself, one that tells nothing of its tile (``shuffled``, ``blank``), a ``real``
    one or a ``synthetic`` one.
    """
    if OBJECTIVES[arm.objective].role:
        return OBJECTIVES[arm.objective].role
    if not arm.privileged:
        return "no_view"
    if arm.control:
        return arm.control
    if arm.privileged == SELF:
        return "own_view"
    return "real" if arm.real else "synthetic"


def compared_with(name: str, arms: Arms, baseline: str | None) -> Json:
    """What an arm is compared with.

    Returns:
        Its ``role``. ``published``: as the papers compare, the arm without a view that has the same loss; of arms
        without a loss, ``evaluate.baseline``; None where there is none. ``controls``: the arms that differ from it in
        the view alone. ``named``: those that the study names. ``against``: all of these.
    """
    arm = arms[name]
    published = _published(name, arms, baseline)
    controls = _controls(name, arms) if role(arm) in ("real", "synthetic") else []
    against = list(dict.fromkeys([*([published] if published else []), *controls, *arm.against]))
    return {
        "role": role(arm),
        "published": published,
        "controls": controls,
        "named": list(arm.against),
        "against": against,
    }


def entries(study: "Study") -> list[Json]:
    """The arms as the report speaks of them: floor first, then loss by loss, supervised last.

    Each has a ``name``, a ``role``, a ``text`` that says what it learns from, the ``task`` of a supervised one, its
    ``loss`` in words, and ``published``, the arm without a view that it is compared with.
    """
    arms, first = study.pretrain.arms, study.evaluate.baseline
    losses = list(dict.fromkeys(_loss_text(arms[name]) for name in ([first] if first else []) + list(arms)))

    def place(entry: Json) -> tuple[int, int, int]:
        end = {"floor": -1, "supervised": 1}.get(entry["role"], 0)
        return end, losses.index(entry["loss"]), ORDER.index(entry["role"])

    return sorted((_entry(name, arms, first, study) for name in arms), key=place)


def _entry(name: str, arms: Arms, first: str | None, study: "Study") -> Json:
    return {
        "name": name,
        "role": role(arms[name]),
        "text": _text(arms[name], study),
        "task": arms[name].task,
        "loss": _loss_text(arms[name]),
        "published": _published(name, arms, first),
    }


def _published(name: str, arms: Arms, baseline: str | None) -> str | None:
    """The arm without a view that has the loss of ``name``: ``evaluate.baseline`` first, then the first by name."""
    if _loss(arms[name]) is None:
        return baseline if baseline != name else None
    plain = sorted(other for other, arm in arms.items() if role(arm) == "no_view" and not arm.only_with)
    first = [baseline] if baseline in plain else []
    alike = [other for other in (*first, *plain) if _loss(arms[other]) == _loss(arms[name])]
    return alike[0] if alike and alike[0] != name else None


def _controls(name: str, arms: Arms) -> list[str]:
    """The arms of the same objective and loss whose view is their own or another tile's.

    Those that learn from the same tiles come first: where there are such, the others are left out; so do, of the
    shuffled ones, those whose view is that of ``name``.
    """
    arm = arms[name]
    alike = {other: a for other, a in arms.items() if role(a) in CONTROLS and _recipe(a) == _recipe(arm)}
    restricted = {other: a for other, a in alike.items() if a.only_with == arm.only_with}
    alike = restricted or {other: a for other, a in alike.items() if not a.only_with}
    same = {other for other, a in alike.items() if a.control and a.privileged == arm.privileged}
    return [other for other, a in alike.items() if not a.control or not same or other in same]


def _recipe(arm: Arm) -> tuple[Any, ...]:
    """All that a control shares with the arms that it is a control of."""
    return arm.objective, OBJECTIVES[arm.objective].filled(arm.options), _loss(arm)


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
        parts.append(_view(arm, study))
    if arm.control:
        parts.append(f"{arm.control} (control)")
    parts.append(_loss_text(arm))
    if arm.only_with:
        parts.append(f"only tiles with real {arm.only_with}")
    return ", ".join(parts)


def _view(arm: Arm, study: "Study") -> str:
    if arm.privileged == SELF:
        return "the tile itself (own view)"
    if arm.real:
        return f"real {arm.real}"
    section = study.translate[arm.privileged or ""]
    return f"{section.target} by {METHODS[section.method].title}"
