"""What comparisons show: nothing is said that an interval does not, nor of too few patients or training runs."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pipeline.core.manifests.scores import CLAIMED, UNSAID, Said, Verdict
from pipeline.core.measures.interval import LEVEL
from pipeline.evaluate.comparison import COLOUR, Comparison, gained

LEAST_PATIENTS, LEAST_SEEDS = 6, 5
COUNTED = ("headline", "named")  # kinds of comparisons of theirs that are corrected for one another
Roles = Mapping[str, Mapping[str, Any]]
Place = tuple[str, str, str]  # task, domain and arm


def judge(compared: list[Comparison], roles: Roles, baseline: str | None) -> list[Verdict]:
    """The verdict of every comparison of an arm; those whose gain is not defined are left out.

    Args:
        compared: All of them.
        roles: Arm to its ``role``, the arm that it was ``published`` against, its ``controls``, those ``named``, and
            whether it has a ``headline``.
        baseline: The study's arm without a privileged view.
    """
    found = [v for c in compared for v in _verdicts(c, roles[c.arm.subject]) if v.gain.value is not None]
    found += _headlines(compared, found, roles)
    blind = _blind(compared, roles)
    mute = {id(v) for v in found if (v.task, v.domain, _measure(v, roles, baseline)) in blind}
    counted = [v for v in found if v.kind in COUNTED and v.role in CLAIMED and _said(v, mute, v.p) not in UNSAID]
    corrected = dict(zip(map(id, counted), holm([v.p or 0.0 for v in counted]), strict=True))
    gains = {(c.arm.task, c.arm.domain, c.arm.subject, c.base.subject): c.gain for c in compared}
    final = []
    for verdict in found:
        changed: dict[str, Any] = {"said": _said(verdict, mute, corrected.get(id(verdict), verdict.p))}
        if id(verdict) in corrected:
            gain = gains[verdict.task, verdict.domain, verdict.arm, verdict.against]
            changed |= {"holm": corrected[id(verdict)], "smallest": gain.smallest(len(counted))}
        final.append(verdict.model_copy(update=changed))
    return final


def holm(ps: list[float]) -> list[float]:
    """P-values after Holm's step-down correction (1979), in the order given."""
    order = np.argsort(ps, kind="stable")
    steps = np.array(ps)[order] * np.arange(len(ps), 0, -1)
    corrected = np.empty(len(ps))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(p) for p in corrected]


def _verdicts(compared: Comparison, own: Mapping[str, Any]) -> Iterator[Verdict]:
    base = compared.base.subject
    if base == COLOUR:
        yield _verdict(compared, own, "colour")
    if base == own["published"]:
        yield _verdict(compared, own, "published")
    if base in own["controls"]:
        yield _verdict(compared, own, "control")
    if base in own["named"]:
        yield _verdict(compared, own, "named")


def _headlines(compared: list[Comparison], found: list[Verdict], roles: Roles) -> Iterator[Verdict]:
    """Of each arm the control that does best, or, where it has none, the arm it was published against.

    The best of several is the best by chance, too. To be better than it is to be better than all; worse is only what
    is worse than each: its p is the largest of theirs.
    """
    figures = {(c.arm.task, c.arm.domain, c.arm.subject, c.base.subject): _value(c) for c in compared}

    def figure(verdict: Verdict) -> float:
        return figures[verdict.task, verdict.domain, verdict.arm, verdict.against]

    places: dict[Place, list[Verdict]] = {}
    for verdict in found:
        if verdict.kind in ("control", "published") and roles[verdict.arm]["headline"]:
            places.setdefault((verdict.task, verdict.domain, verdict.arm), []).append(verdict)
    for own in places.values():
        controls = [v for v in own if v.kind == "control"] or own
        best = max(controls, key=figure)
        p = best.p
        if (best.gain.value or 0.0) < 0 and p is not None:
            p = max((v.p or 0.0) if (v.gain.value or 0.0) < 0 else 1.0 for v in controls)
        yield best.model_copy(update={"kind": "headline", "p": p})


def _value(compared: Comparison) -> float:
    """How well the other does."""
    return float(compared.base.values[gained(compared.arm)][..., 0].mean())


def _verdict(compared: Comparison, own: Mapping[str, Any], kind: str) -> Verdict:
    gain, arm = compared.gain, compared.arm
    known = not np.isnan(gain.variance)
    return Verdict.model_validate(
        {
            "task": arm.task,
            "domain": arm.domain,
            "arm": arm.subject,
            "role": own["role"],
            "against": compared.base.subject,
            "kind": kind,
            "gain": gain.estimate(),
            "p": gain.p if known else None,
            "holm": None,
            "smallest": gain.smallest() if known else None,
            "said": "no difference shown",
            "patients": len(arm.measured[gained(arm)].patients),
            "seeds": compared.seeds,
        }
    )


def _said(verdict: Verdict, mute: set[int], p: float | None) -> Said:
    if verdict.patients < LEAST_PATIENTS or verdict.seeds < LEAST_SEEDS or p is None:
        return "too few to say"
    if id(verdict) in mute:
        return "no verdict"
    if p >= 1 - LEVEL or not verdict.gain.value:
        return "no difference shown"
    return "better" if verdict.gain.value > 0 else "worse"


def _blind(compared: list[Comparison], roles: Roles) -> set[Place]:
    """Where an untrained encoder is not shown to do worse than an arm: of these, what is better tells nothing."""
    floors = [c for c in compared if roles[c.arm.subject]["role"] == "floor"]
    return {(c.arm.task, c.arm.domain, c.base.subject) for c in floors if not c.gain.value < -c.gain.half}


def _measure(verdict: Verdict, roles: Roles, baseline: str | None) -> str | None:
    """The arm without a view by which it is known whether a comparison tells anything: as the other is trained."""
    against = verdict.against if verdict.kind == "named" else verdict.arm
    return against if roles[against]["role"] == "no_view" else roles[against]["published"] or baseline
