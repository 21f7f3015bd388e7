"""The tables of figures: arms by task and domain, and one for whatever else was scored."""

import math
from dataclasses import dataclass

from pipeline.core.measures.figures import Figure
from pipeline.report.entry import Entry
from pipeline.report.figures import ABSENT, LABELS, Figures, head, minus, number

GROUPS = {"few": "Few labels", "linear": "All labels, linear", "knn": "All labels, kNN"}  # by probe, in this order
GAIN, RATIO, ACCURACY = "few/gain", "few/error_reduction", "few/accuracy"
ASIDE = ("accuracy", "gain", "error_reduction")  # metrics without a column of their own
THREE = ".3g"


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: the value, the lines below it, and how it is set off."""

    value: str
    below: tuple[str, ...] = ()
    mark: str = ""


@dataclass(frozen=True)
class Row:
    arm: Entry
    cells: list[Cell]


@dataclass(frozen=True)
class Table:
    task: str
    domain: str
    groups: list[tuple[str, int]]
    heads: list[str]
    rows: list[Row]


@dataclass(frozen=True)
class ScoreTable:
    """Metrics of a subject, a column per domain."""

    heads: list[str]
    rows: list[tuple[str, list[Cell]]]


def columns(figures: Figures, task: str) -> list[tuple[str, str, str]]:
    """Metric, group and head of every column: the probes in the order of GROUPS, then any other."""
    named = [(metric, *metric.split("/")) for metric in figures.metrics(task) if metric.count("/") == 1]
    shown = [(metric, probe, name) for metric, probe, name in named if name not in ASIDE]
    order = [*GROUPS, *(probe for _, probe, _ in shown)]
    shown.sort(key=lambda column: order.index(column[1]))
    return [(metric, GROUPS.get(probe, head(probe)), head(name)) for metric, probe, name in shown]


def arm_tables(figures: Figures, arms: list[Entry]) -> list[Table]:
    """One table per task and domain; figures that were not measured are dashes, columns without any are left out.

    Where arms have different baselines, a gain and an error reduction name theirs.
    """
    tables, several = [], len({arm.baseline for arm in arms if arm.baseline}) > 1
    for task in figures.tasks():
        reduced = RATIO in figures.metrics(task)
        for domain in figures.domains(task):
            kept = [c for c in columns(figures, task) if any(figures.get(arm.name, task, domain, c[0]) for arm in arms)]
            groups: dict[str, int] = {}
            for _, group, _ in kept:
                groups[group] = groups.get(group, 0) + 1
            rows = [
                Row(
                    arm,
                    [
                        *(interval(figures.get(arm.name, task, domain, metric)) for metric, _, _ in kept),
                        _gain(figures, arm, task, domain, several),
                        *([_reduction(figures, arm, task, domain, several)] if reduced else []),
                    ],
                )
                for arm in arms
            ]
            last = [f"gain, {figures.compared(task)}", *(["error reduction; accuracies"] if reduced else [])]
            spans = [*groups.items(), ("Few labels, against the baseline", len(last))]
            tables.append(Table(task, LABELS[domain], spans, [*(name for _, _, name in kept), *last], rows))
    return tables


def score_table(figures: Figures, subject: str, task: str, units: str) -> ScoreTable:
    """Whatever was measured of a subject, with intervals, and how many ``units`` are behind it."""
    domains = [d for d in figures.domains(task) if any(figures.get(subject, task, d, m) for m in figures.metrics(task))]
    found = {m: [figures.get(subject, task, domain, m) for domain in domains] for m in figures.metrics(task)}
    found = {metric: cells for metric, cells in found.items() if any(cells)}
    rows = [(head(metric), [interval(cell, THREE) for cell in cells]) for metric, cells in found.items()]
    counts = [max((own.n for own in column if own), default=0) for column in zip(*found.values(), strict=True)]
    return ScoreTable([LABELS[domain] for domain in domains], [*rows, (units, [Cell(str(n)) for n in counts])])


def interval(found: Figure | None, form: str = ".3f") -> Cell:
    """A value, and its interval on the line below."""
    if found is None or math.isnan(found.value):
        return Cell(ABSENT)
    known = not (math.isnan(found.ci_low) or math.isnan(found.ci_high))
    ends = f"[{number(found.ci_low, form)}, {number(found.ci_high, form)}]"
    return Cell(number(found.value, form), (ends,) if known else ())


def _gain(figures: Figures, arm: Entry, task: str, domain: str, several: bool) -> Cell:
    found, said = figures.get(arm.name, task, domain, GAIN), figures.said(arm.name, task, domain)
    if found is None or said is None or math.isnan(found.value):
        return Cell(ABSENT)
    named = (f"over {arm.baseline}",) if several else ()
    return Cell(minus(f"{found.value:+.3f}"), (*interval(found).below, *named), said.split()[0])


def _reduction(figures: Figures, arm: Entry, task: str, domain: str, several: bool) -> Cell:
    """The ratio of errors with both accuracies and n: alone it says little (it explodes near 100 %)."""
    found = figures.get(arm.name, task, domain, RATIO)
    if found is None or math.isnan(found.value) or arm.baseline is None:
        return Cell(ABSENT)
    cell = interval(found, ".2f")
    old, new = (figures.get(name, task, domain, ACCURACY) for name in (arm.baseline, arm.name))
    if old is None or new is None:
        return cell
    named = (f"over {arm.baseline}",) if several else ()
    return Cell(cell.value, (*cell.below, f"{number(old.value)} → {number(new.value)}, n = {found.n}", *named))
