"""The tables of figures: arms by task and domain, and one for whatever else was scored."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from pipeline.core.manifests.scores import Verdict
from pipeline.core.measures.figures import Figure
from pipeline.report.entry import Entry
from pipeline.report.figures import ABSENT, LABELS, Figures, Unit, head, number

PROBES = {
    "few": "Few labels",
    "linear": "All labels, linear",
    "knn": "All labels, kNN",
}  # of the first table, in this order
ASIDE = "accuracy"  # stands beside the error reduction alone
RATIO = "few/error_reduction"
THREE = ".3g"
OTHERS = {"colour": "six colour numbers of the tile, no network"}  # subjects that are no arms


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
    """Arms by metric; ``groups`` are heads over several columns, with their number."""

    title: str
    groups: list[tuple[str, int]]
    heads: list[str]
    rows: list[Row]


@dataclass(frozen=True)
class ScoreTable:
    """Metrics of a subject, a column per domain."""

    heads: list[str]
    rows: list[tuple[str, list[Cell]]]


Column = Callable[[Figures, Entry, str, str], Cell]


def arm_tables(figures: Figures, arms: list[Entry]) -> list[Table]:
    """One table per task and domain; figures that were not measured are dashes, columns without any are left out."""
    tables = []
    for task in figures.tasks():
        for domain in figures.patients()[task]:
            metrics = [m for m in _metrics(figures, task, arms, domain) if m.split("/")[0] in PROBES]
            last = [head for head, _ in _gains(figures, task)]
            rows = [
                Row(
                    arm,
                    [
                        *(interval(figures.get(arm.name, task, domain, metric)) for metric in metrics),
                        *(cell(figures, arm, task, domain) for _, cell in _gains(figures, task)),
                    ],
                )
                for arm in arms
            ]
            groups = [*_grouped(metrics), ("Few labels, gain", len(last))]
            heads = [*(head(metric.split("/")[1]) for metric in metrics), *last]
            tables.append(Table(f"{task}, {LABELS[domain]}", groups, heads, rows))
    return tables


def more_tables(figures: Figures, arms: list[Entry]) -> list[Table]:
    """What else was measured: other probes, strata, what an arm adds to colour; one table per task and domain."""
    tables = []
    for task in figures.tasks():
        for domain in figures.patients()[task]:
            metrics = [m for m in _metrics(figures, task, arms, domain) if m.split("/")[0] not in PROBES]
            subjects = [*arms, *(Entry(name, "floor", text) for name, text in OTHERS.items())]
            found = [(arm, [figures.get(arm.name, task, domain, metric) for metric in metrics]) for arm in subjects]
            rows = [Row(arm, [interval(own) for own in cells]) for arm, cells in found if any(cells)]
            if rows:
                heads = [head(metric.split("/")[1]) for metric in metrics]
                tables.append(Table(f"{task}, {LABELS[domain]}", _grouped(metrics), heads, rows))
    return tables


def _metrics(figures: Figures, task: str, arms: list[Entry], domain: str) -> list[str]:
    """Metrics with a column of their own, the probes in the order of PROBES, then any other."""
    named = [m for m in figures.metrics(task) if m.count("/") == 1 and m.split("/")[1] != ASIDE]
    order = [*PROBES, *(metric.split("/")[0] for metric in named)]
    named.sort(key=lambda metric: order.index(metric.split("/")[0]))
    return [m for m in named if any(figures.get(arm.name, task, domain, m) for arm in arms)]


def _grouped(metrics: list[str]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for metric in metrics:
        probe = metric.split("/")[0]
        counts[PROBES.get(probe, head(probe))] = counts.get(PROBES.get(probe, head(probe)), 0) + 1
    return list(counts.items())


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


def _gains(figures: Figures, task: str) -> list[tuple[str, Column]]:
    """Heads and cells of the columns that compare arms."""
    reduced = any(metric.endswith(f"/{ASIDE}") for metric in figures.metrics(task))
    columns: list[tuple[str, Column]] = [("view alone", _headline), ("as published", _published)]
    return [*columns, *([("error reduction", _reduction)] if reduced else [])]


def _headline(figures: Figures, arm: Entry, task: str, domain: str) -> Cell:
    """Over the better control, which is named."""
    return _cell(figures.verdict(arm.name, task, domain, "headline"), figures.unit(task))


def _published(figures: Figures, arm: Entry, task: str, domain: str) -> Cell:
    """Over the arm without a view."""
    return _cell(figures.verdict(arm.name, task, domain, "published"), figures.unit(task))


def _cell(verdict: Verdict | None, unit: Unit) -> Cell:
    if verdict is None or verdict.gain.value is None:
        return Cell(ABSENT)
    value, _, ends = unit.told(verdict.gain).partition(" ")
    mark = verdict.said if verdict.said in ("better", "worse") else ""
    return Cell(value, (*([ends] if ends else []), f"over {verdict.against}"), mark)


def _reduction(figures: Figures, arm: Entry, task: str, domain: str) -> Cell:
    """The ratio of errors as published, with both accuracies and n: alone it says little (it explodes near 100 %)."""
    if arm.published is None:
        return Cell(ABSENT)
    found = figures.get(arm.name, task, domain, RATIO, against=arm.published)
    old, new = (figures.get(name, task, domain, f"few/{ASIDE}") for name in (arm.published, arm.name))
    if found is None or math.isnan(found.value) or old is None or new is None:
        return Cell(ABSENT)
    cell = interval(found, ".2f")
    return Cell(cell.value, (*cell.below, f"{number(old.value)} → {number(new.value)}", f"n = {found.n}"))
