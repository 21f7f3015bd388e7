"""Time and memory, from the benchmark files that Snakemake writes; the only part of the page that differs by run."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pandas as pd

BENCHMARKS = Path("benchmarks")


@dataclass(frozen=True)
class Cost:
    """What the jobs of a rule took: seconds in all and at most, MB of resident memory at most."""

    rule: str
    jobs: int
    total: float
    longest: float
    memory: float


def costs(rules: Iterable[tuple[str, str]], names: Collection[str], folder: Path = BENCHMARKS) -> list[Cost]:
    """The costs by rule; empty where nothing was measured.

    Args:
        rules: Every rule of the study and its phase, in the order of the phases.
        names: Slides, translators, repeats, arms and seeds of the study: what other jobs once took does not count.
        folder: Where Snakemake writes what a job took: ``rule/key.tsv``.
    """
    phases = dict(rules)
    order = list(dict.fromkeys(phases.values()))
    found = []
    for rule in sorted(phases, key=lambda rule: (order.index(phases[rule]), rule)):
        table = _table(_files(folder, rule, set(names)))
        if len(table):
            seconds, memory = _figures(table, "s"), _figures(table, "max_rss")
            found.append(Cost(rule, len(table), float(seconds.sum()), float(seconds.max()), float(memory.max())))
    return found


def clock(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``3 min 05 s`` or ``2 h 10 min``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    hours, left = divmod(minutes, 60)
    return f"{hours} h {left:02d} min" if hours else f"{minutes} min {rest:02d} s"


def _files(folder: Path, rule: str, names: set[str]) -> Iterator[Path]:
    """The files of a rule's jobs, one job per key of ``names``."""
    alone = folder / f"{rule}.tsv"
    if alone.is_file():
        yield alone
    for path in sorted((folder / rule).rglob("*.tsv")):
        key = path.relative_to(folder / rule).with_name(path.name.removesuffix(".tsv"))
        if names.issuperset(key.parts):
            yield path


def _table(paths: Iterable[Path]) -> pd.DataFrame:
    """All files as one table; those with the same head are parsed at once, for there may be thousands."""
    tables: dict[str, list[str]] = {}
    for path in paths:
        head, *rows = path.read_text().splitlines() or [""]
        tables.setdefault(head, []).extend(rows)
    parts = [pd.read_csv(StringIO("\n".join([head, *rows])), sep="\t") for head, rows in tables.items() if rows]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _figures(table: pd.DataFrame, column: str) -> "pd.Series[float]":
    """Snakemake writes ``-`` or ``NA`` where a job was too short to be measured: 0."""
    if column not in table:
        return pd.Series(0.0, table.index)
    return pd.to_numeric(table[column], errors="coerce").astype(float).fillna(0.0)
