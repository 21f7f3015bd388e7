"""The tidy figures of ``results/figures.csv``, by arm, task, domain and metric."""

import csv
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json

FIGURES, METRICS = Path("results/figures.csv"), Path("results/metrics.json")
COLUMNS = ("arm", "seed", "task", "split", "metric", "value", "ci_low", "ci_high", "n")
POOLED = "all"
DOMAINS = {"in_domain": "known sites", "unseen_site": "unseen site"}
ABSENT = "–"


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval; NaN where the file leaves a cell empty. ``n`` is the number behind it."""

    value: float
    low: float
    high: float
    n: int | None = None

    @property
    def verdict(self) -> str:
        """What a difference to a baseline shows: ``better``, ``worse`` or ``no difference shown``."""
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "no difference shown"

    def points(self) -> str:
        """A difference of shares in percentage points, such as ``+3.1 [1.2, 5.0]``; bare where it has no interval."""
        value = minus(f"{100 * self.value:+.1f}")
        if math.isnan(self.low):
            return value
        low, high = (minus(f"{100 * end:.1f}") for end in (self.low, self.high))
        return f"{value} [{low}, {high}]"


class Figures:
    """Every row of figures.csv.

    Args:
        rows: Dictionaries with the keys COLUMNS.
    """

    def __init__(self, rows: Iterable[dict[str, str]]) -> None:
        self._rows: dict[tuple[str, ...], Estimate] = {}
        for row in rows:
            n = _number(row["n"])
            value, low, high = (_number(row[column]) for column in ("value", "ci_low", "ci_high"))
            key = (row["arm"], row["seed"], row["task"], row["split"], row["metric"])
            self._rows[key] = Estimate(value, low, high, None if math.isnan(n) else int(n))

    @classmethod
    def read(cls, path: Path = FIGURES) -> "Figures":
        """Reads the file; raises ProductError where it is missing or has other columns."""
        if not path.is_file():
            raise ProductError("no figures to report", where=str(path), fix="run the evaluate phase first")
        with path.open(newline="") as file:
            reader = csv.DictReader(file)
            missing = set(COLUMNS) - set(reader.fieldnames or ())
            if missing:
                fix = "run the evaluate phase again"
                raise ProductError(f"columns {sorted(missing)} are missing", where=str(path), fix=fix)
            return cls(reader)

    def get(self, arm: str, task: str, split: str, metric: str, seed: str = POOLED) -> Estimate | None:
        """The estimate of a cell; pooled over seeds unless one is named."""
        return self._rows.get((arm, seed, task, split, metric))

    def tasks(self) -> list[str]:
        return list(dict.fromkeys(key[2] for key in self._rows))

    def domains(self, task: str) -> list[str]:
        """The domains in which a task was measured."""
        found = {key[3] for key in self._rows if key[2] == task}
        return [domain for domain in DOMAINS if domain in found]


def read_patients(path: Path = METRICS) -> dict[str, dict[str, int]]:
    """Test patients by task and domain, those alone that the task has a label for; the same for every arm."""
    tasks = read_json(path)["tasks"]
    return {
        task: {domain: next(iter(domains[domain].values()))["patients"] for domain in DOMAINS if domain in domains}
        for task, domains in tasks.items()
    }


def minus(text: str) -> str:
    """A formatted number with a true minus sign, and none before a zero."""
    sign, digits = text[:1], text.lstrip("+-")
    if sign == "-" and not digits.strip("0."):
        return digits
    return f"−{digits}" if sign == "-" else text


def number(value: float, digits: int = 3) -> str:
    """A number for a table; a dash where there is none."""
    if math.isnan(value):
        return ABSENT
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return minus(f"{value:.{digits}f}")


def _number(text: str) -> float:
    return float(text) if text.strip() else math.nan
