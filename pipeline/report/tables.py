"""The table of arms: one per task and domain."""

import math
from dataclasses import dataclass

from pipeline.report.arms import Entry
from pipeline.report.scores import ABSENT, DOMAINS, Estimate, Figures, minus, number

COLUMNS = (
    ("few/balanced_accuracy", "Few labels", "balanced accuracy"),
    ("few/auroc", "Few labels", "AUROC"),
    ("linear/balanced_accuracy", "All labels, linear", "balanced accuracy"),
    ("linear/auroc", "All labels, linear", "AUROC"),
    ("knn/balanced_accuracy", "All labels, kNN", "balanced accuracy"),
    ("knn/auroc", "All labels, kNN", "AUROC"),
)
GAIN, RATIO, ACCURACY = "few/gain", "few/error_reduction", "few/accuracy"


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


def arm_tables(figures: Figures, arms: list[Entry]) -> list[Table]:
    """One table per task and domain; figures that were not measured are dashes, columns without any are left out.

    Where arms have different baselines, a gain and an error reduction name theirs.
    """
    tables, several = [], len({arm.baseline for arm in arms if arm.baseline}) > 1
    for task in figures.tasks():
        for domain in figures.domains(task):
            kept = [c for c in COLUMNS if any(figures.get(arm.name, task, domain, c[0]) for arm in arms)]
            groups: dict[str, int] = {}
            for _, group, _ in kept:
                groups[group] = groups.get(group, 0) + 1
            rows = [
                Row(
                    arm,
                    [
                        *(interval(figures.get(arm.name, task, domain, metric)) for metric, _, _ in kept),
                        _gain(figures, arm, task, domain, several),
                        _reduction(figures, arm, task, domain, several),
                    ],
                )
                for arm in arms
            ]
            heads = [*(head for _, _, head in kept), "gain, balanced accuracy", "error reduction; accuracies"]
            spans = [*groups.items(), ("Few labels, against the baseline", 2)]
            tables.append(Table(task, DOMAINS[domain], spans, heads, rows))
    return tables


def interval(found: Estimate | None, digits: int = 3) -> Cell:
    """A value, and its interval on the line below."""
    if found is None or math.isnan(found.value):
        return Cell(ABSENT)
    known = not (math.isnan(found.low) or math.isnan(found.high))
    ends = f"[{number(found.low, digits)}, {number(found.high, digits)}]"
    return Cell(number(found.value, digits), (ends,) if known else ())


def _gain(figures: Figures, arm: Entry, task: str, domain: str, several: bool) -> Cell:
    found = figures.get(arm.name, task, domain, GAIN)
    if found is None or math.isnan(found.value) or arm.baseline is None:
        return Cell(ABSENT)
    named = (f"over {arm.baseline}",) if several else ()
    return Cell(minus(f"{found.value:+.3f}"), (*interval(found).below, *named), found.verdict.split()[0])


def _reduction(figures: Figures, arm: Entry, task: str, domain: str, several: bool) -> Cell:
    """The ratio of errors with both accuracies and n: alone it says little (it explodes near 100 %)."""
    found = figures.get(arm.name, task, domain, RATIO)
    if found is None or math.isnan(found.value) or arm.baseline is None:
        return Cell(ABSENT)
    cell = interval(found, 2)
    old, new = (figures.get(name, task, domain, ACCURACY) for name in (arm.baseline, arm.name))
    if old is None or new is None:
        return cell
    count = f", n = {found.n}" if found.n is not None else ""
    named = (f"over {arm.baseline}",) if several else ()
    return Cell(cell.value, (*cell.below, f"{number(old.value)} → {number(new.value)}{count}", *named))
