"""Gains at every strength of augmentation: whether a view helps where the baseline is at its best."""

from dataclasses import dataclass

from pipeline.report.answer import Outcome
from pipeline.report.entry import Entry
from pipeline.report.figures import ABSENT, LABELS, Figures, number


@dataclass(frozen=True)
class Strengths:
    """A table of one task and domain: a row per kind of arm, a figure and a gain per strength in colour."""

    title: str
    strengths: list[float]
    rows: list[tuple[str, list[tuple[str, str]]]]


def strengths(figures: Figures, arms: list[Entry], found: list[Outcome]) -> list[Strengths]:
    """One table per task and domain; none where all arms have the same strength."""
    tried = sorted({arm.colour for arm in arms if arm.role != "floor"}, reverse=True)
    if len(tried) < 2:
        return []
    return [_table(figures, arms, outcome, tried) for outcome in found]


def _table(figures: Figures, arms: list[Entry], outcome: Outcome, tried: list[float]) -> Strengths:
    metric, gains = figures.scopes[outcome.task].metric, {f.arm.name: f for f in outcome.findings}
    rows: dict[str, list[tuple[str, str]]] = {}
    for arm in arms:
        own = figures.get(arm.name, outcome.task, outcome.domain, metric)
        if own is None or arm.role == "floor":
            continue
        kind = arm.text.partition(", corrected augmentation")[0]
        cells = rows.setdefault(kind, [(ABSENT, "")] * len(tried))
        finding = gains.get(arm.name)
        gain = finding.amount if finding and finding.headline else ""
        cells[tried.index(arm.colour)] = (number(own.value), gain)
    several = {kind: cells for kind, cells in rows.items() if sum(value != ABSENT for value, _ in cells) > 1}
    return Strengths(f"{outcome.task}, {LABELS[outcome.domain]}", tried, list(several.items()))
