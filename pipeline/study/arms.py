"""What the arms of a study are for, and what each is compared with."""

from collections.abc import Mapping
from typing import Any

from pipeline.core.cohort.privileged import SELF
from pipeline.core.files import Json
from pipeline.core.manifests.scores import CLAIMED
from pipeline.study.arm import REAL_COHORT, Arm
from pipeline.study.objectives import LOSSES, OBJECTIVES

Arms = Mapping[str, Arm]
VIEWS = ("own_view", "shuffled", "blank", "synthetic", "real")
ORDER = ("floor", "pretrained", "no_view", *VIEWS, "distilled", "captioned", "supervised")
CONTROLS = ("own_view", "shuffled")  # differ from a privileged arm in the view alone


def role(arm: Arm) -> str:
    """What an arm is for, one of ORDER: whatever its objective always is, or its privileged view.

    Always the same are ``floor`` (untrained), ``pretrained`` (weights that were there), ``distilled`` (from a teacher),
    ``captioned`` (from sentences, be they of labels or not) and ``supervised``. A view is none at all, the tile itself,
    one that tells nothing of its tile (``shuffled``, ``blank``), a ``real`` one (a table of numbers, too) or a
    ``synthetic`` one.
    """
    if OBJECTIVES[arm.objective].role:
        return OBJECTIVES[arm.objective].role
    if not arm.privileged:
        return "no_view"
    if arm.control:
        return arm.control
    if arm.privileged == SELF:
        return "own_view"
    return "synthetic" if arm.translator else "real"


def compared_with(name: str, arms: Arms, baseline: str | None) -> Json:
    """What an arm is compared with.

    Returns:
        Its ``role``. ``published``: as the papers compare, the arm without a view that has the same loss and
        augmentation; of arms without a loss, ``evaluate.baseline``; None where there is none. ``controls``: the arms
        that differ from it in the view alone. ``named``: those that the study names. ``against``: all of these,
        and of a floor every arm without a view that another is compared with. ``headline``: whether there is an
        arm that it may be told better than; there is none for an arm that is kept from tiles on which all others learn.
    """
    arm = arms[name]
    published = published_of(name, arms, baseline)
    controls = _controls(name, arms) if role(arm) in CLAIMED else []
    against = list(dict.fromkeys([*([published] if published else []), *controls, *arm.against]))
    if role(arm) == "floor":  # every arm without a view that others are compared with has to be better than it
        bases = (published_of(other, arms, baseline) for other in arms if role(arms[other]) in CLAIMED)
        against = list(dict.fromkeys([*against, *filter(None, bases)]))
    return {
        "role": role(arm),
        "published": published,
        "controls": controls,
        "named": list(arm.against),
        "against": against,
        "headline": role(arm) in CLAIMED and (bool(controls) or not _restricted(arm)),
    }


def published_of(name: str, arms: Arms, baseline: str | None) -> str | None:
    """The arm without a view that is trained as ``name`` is: ``evaluate.baseline`` before others.

    Of arms without a loss it has their objective and options, too; where there is none, it is ``evaluate.baseline``.
    It learns from the same cohorts where ``name`` has a view; where it has none either, from real slides alone.
    """
    own = arms[name]
    shown = own.cohorts if own.privileged else [REAL_COHORT]
    same = {other: arm for other, arm in arms.items() if sorted(arm.cohorts) == sorted(shown)}
    plain = sorted(other for other, arm in same.items() if role(arm) == "no_view" and not arm.partner)
    first = [baseline] if baseline in plain else []
    found: list[str | None] = [o for o in (*first, *plain) if _training(arms[o]) == _training(own)]
    if loss_of(own) is None:
        found = [o for o in found if o and o != name and _recipe(arms[o]) == _recipe(own)] or [baseline]
    return found[0] if found and found[0] != name else None


def _controls(name: str, arms: Arms) -> list[str]:
    """The arms of the same objective, loss and augmentation whose view is their own or another tile's.

    Of each kind those that learn from the same tiles, or, where there are none and the study does not keep ``name``
    from any, from all; and of the shuffled ones those whose view is that of ``name``, where there are such.
    """
    arm, found = arms[name], list[str]()
    for kind in CONTROLS:
        alike = {other: a for other, a in arms.items() if role(a) == kind and _recipe(a) == _recipe(arm)}
        alike = {other: a for other, a in alike.items() if sorted(a.cohorts) == sorted(arm.cohorts)}
        same = {o: a for o, a in alike.items() if _tiles(a) == _tiles(arm)}
        alike = same or {o: a for o, a in alike.items() if not _restricted(a) and not _restricted(arm)}
        shown = {o: a for o, a in alike.items() if a.control and a.privileged == arm.privileged}
        found += shown or alike
    return found


def _restricted(arm: Arm) -> bool:
    """Whether the study keeps it from tiles that others learn from."""
    return bool(arm.only_with or arm.pairs)


def _tiles(arm: Arm) -> tuple[str | None, int | None]:
    """Which tiles it learns from."""
    return arm.partner, arm.pairs


def _recipe(arm: Arm) -> tuple[Any, ...]:
    """All that a control shares with the arms that it is a control of."""
    return arm.objective, OBJECTIVES[arm.objective].filled(arm.options), *_training(arm)


def _training(arm: Arm) -> tuple[Any, ...]:
    """All that acts on an encoder beside its objective and what it is shown."""
    encoder = (arm.encoder.family, arm.encoder.filled(0)) if arm.encoder else None  # however it is written
    return loss_of(arm), arm.augment, arm.lr, arm.start, encoder, arm.teacher


def loss_of(arm: Arm) -> tuple[str, Any] | None:
    """The loss with all its options, whether the study gives them or not."""
    if arm.loss is None or OBJECTIVES[arm.objective].role:
        return None
    return arm.loss, LOSSES[arm.loss].filled(arm.loss_options)
