"""The tables of figures: arms by task and domain, and one for whatever else was scored."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.core.measures.figures import Figure
from pipeline.core.measures.records import RETRIEVAL
from pipeline.report.cells import ASIDE, THREE, Cell, gains_of, interval
from pipeline.report.entry import Entry, SegmenterEntry
from pipeline.report.figures import LABELS, Figures, head

PROBES = {
    "few": "Few labels",
    "linear": "All labels",
}  # of the first table, in this order
REAL = "real"  # how metrics of real tiles begin, which stand beside those of what is judged
OTHERS = {"colour": "six colour numbers of the tile, no network"}  # subjects that are no arms


@dataclass(frozen=True)
class Row:
    arm: Entry | SegmenterEntry
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


def arm_tables(figures: Figures, arms: list[Entry]) -> list[Table]:
    """One table per task and domain, colour first; columns without any figure are left out, others have dashes."""
    tables = []
    for task, domain, subjects in _places(figures, arms):
        metrics = [m for m in _metrics(figures, task, arms, domain) if m.split("/")[0] in PROBES]
        gains = gains_of(figures, task, coloured=bool(set(OTHERS) & set(figures.subjects(task))))
        rows = [
            Row(
                arm,
                [
                    *(interval(figures.get(arm.name, task, domain, metric)) for metric in metrics),
                    *(cell(figures, arm, task, domain) for _, cell in gains),
                ],
            )
            for arm in subjects
        ]
        heads = [*(head(metric.split("/")[1]) for metric in metrics), *(name for name, _ in gains)]
        groups = [*_grouped(metrics), ("Few labels, gain", len(gains))]
        tables.append(Table(f"{task}, {LABELS[domain]}", groups, heads, rows))
    return tables


def more_tables(figures: Figures, arms: list[Entry]) -> list[Table]:
    """What else was measured, one table per task and domain.

    Other probes, strata, what an arm adds to colour, and what some arms alone can do: find captions, and be found.
    """
    tables = []
    alone = [(RETRIEVAL, domain, arms) for domain in figures.domains(RETRIEVAL)]
    for task, domain, subjects in [*_places(figures, arms), *alone]:
        metrics = [m for m in _metrics(figures, task, arms, domain) if m.split("/")[0] not in PROBES]
        found = [(arm, [figures.get(arm.name, task, domain, metric) for metric in metrics]) for arm in subjects]
        rows = [Row(arm, [interval(own) for own in cells]) for arm, cells in found if any(cells)]
        if rows:
            heads = [head(metric.split("/")[1]) for metric in metrics]
            tables.append(Table(f"{task}, {LABELS[domain]}", _grouped(metrics), heads, rows))
    return tables


def _places(figures: Figures, arms: list[Entry]) -> Iterator[tuple[str, str, list[Entry]]]:
    """Task, domain, and whoever was scored there: what is no arm, then the arms."""
    for task in figures.tasks():
        others = [Entry(name, "floor", text) for name, text in OTHERS.items() if name in figures.subjects(task)]
        for domain in figures.patients()[task]:
            yield task, domain, [*others, *arms]


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
    return ScoreTable([LABELS[domain] for domain in domains], [*rows, (units, counted(found))])


def counted(found: Mapping[str, list[Figure | None]]) -> list[Cell]:
    """How many units are behind each column: the most of any metric of what is judged.

    Args:
        found: Metric to its figures, a column each.
    """
    columns = zip(*(cells for metric, cells in found.items() if not metric.startswith(REAL)), strict=True)
    return [Cell(str(max((own.n for own in column if own), default=0))) for column in columns]
