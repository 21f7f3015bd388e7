"""Time and memory, from the benchmark files that Snakemake writes; the only part of the page that differs by run."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.study.study import PHASES

BENCHMARKS = Path("benchmarks")


@dataclass(frozen=True)
class Cost:
    """What the jobs of a rule took: seconds in all and at most, MB of resident memory at most."""

    rule: str
    jobs: int
    total: float
    longest: float
    memory: float


def costs(jobs: Iterable[tuple[str, ...]], folder: Path = BENCHMARKS) -> list[Cost]:
    """The costs by rule in the order of the phases; empty where nothing was measured.

    Args:
        jobs: Rule and key of the study's jobs; what others once took does not count.
        folder: Where Snakemake writes what a job took: ``rule/key.tsv``.
    """
    measured: dict[str, list[tuple[float, float]]] = {}
    for job in jobs:
        rule, path = job[0], folder.joinpath(*job).with_name(job[-1] + ".tsv")
        if not path.is_file():
            continue
        with path.open(newline="") as file:
            rows = [(_figure(row, "s"), _figure(row, "max_rss")) for row in csv.DictReader(file, delimiter="\t")]
        measured.setdefault(rule, []).extend(rows)
    found = [
        Cost(rule, len(rows), sum(s for s, _ in rows), max(s for s, _ in rows), max(m for _, m in rows))
        for rule, rows in measured.items()
        if rows
    ]
    return sorted(found, key=lambda cost: (_phase(cost.rule), cost.rule))


def clock(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``3 min 05 s`` or ``2 h 10 min``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, left = divmod(minutes, 60)
    return f"{hours} h {left:02d} min" if hours else f"{minutes} min {rest:02d} s"


def _phase(rule: str) -> int:
    name = rule.split("_")[0]
    return PHASES.index(name) if name in PHASES else len(PHASES)


def _figure(row: dict[str, str], column: str) -> float:
    """Snakemake writes ``-`` or ``NA`` where a job was too short to be measured."""
    try:
        return float(row.get(column) or 0)
    except ValueError:
        return 0.0
