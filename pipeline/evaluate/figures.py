"""The tables of the summary: tidy rows and the nested metrics."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.files import Json
from pipeline.evaluate.bootstrap import Estimate, error_reduction, estimate
from pipeline.evaluate.replicates import Domain

COLUMNS = ("arm", "seed", "task", "split", "metric", "value", "ci_low", "ci_high", "n")
POOLED = "all"
REDUCED = ("linear", "few")
GAIN = "few/gain"
GAINED = "few/balanced_accuracy"
DIGITS = 6


@dataclass(frozen=True)
class Cell:
    """An arm in a domain of a task; resamples (resample,) are those of patients and seeds, row 0 as measured.

    Args:
        arm: Its name.
        seeds: Seed to ``probe/metric`` to resamples.
        pooled: ``probe/metric`` to resamples of the mean over seeds.
        against: Paired with its baseline: ``probe/error_reduction`` and ``few/gain``, which is the
            difference of the few-label balanced accuracy; empty without a baseline.
        base: Its baseline's cell; None for the arm that is compared with nothing.
    """

    arm: str
    seeds: dict[int, dict[str, np.ndarray]]
    pooled: dict[str, np.ndarray]
    against: dict[str, np.ndarray] = field(default_factory=dict)
    base: "Cell | None" = None

    @classmethod
    def of(cls, arm: str, seeds: dict[int, dict[str, np.ndarray]], repeats: np.ndarray) -> "Cell":
        """Pools the seeds of an arm: a training run is as random as a patient, so it is resampled too.

        Args:
            arm: Its name.
            seeds: See the class; all arms have the same seeds, in the same order.
            repeats: How often each seed is taken, float (resample, seeds), first row all ones.
        """
        weights = (repeats / repeats.shape[1]).T
        names = next(iter(seeds.values()))
        pooled = {
            name: np.sum([w * found[name] for w, found in zip(weights, seeds.values(), strict=True)], axis=0)
            for name in names
        }
        return cls(arm, seeds, pooled)

    def over(self, base: "Cell", tiles: int) -> "Cell":
        """The cell, compared with its baseline on ``tiles`` test tiles."""
        accuracies = {probe: f"{probe}/accuracy" for probe in REDUCED}
        against = {
            f"{probe}/error_reduction": error_reduction(base.pooled[name], self.pooled[name], tiles)
            for probe, name in accuracies.items()
        }
        against[GAIN] = self.pooled[GAINED] - base.pooled[GAINED]
        return replace(self, against=against, base=base)

    @property
    def gain(self) -> Estimate | None:
        """Few-label balanced accuracy above the baseline's; None without a baseline."""
        return estimate(self.against[GAIN]) if self.against else None

    def deviation(self, metric: str) -> float | None:
        """Standard deviation over seeds; None for one seed or an undefined metric."""
        values = np.array([found[metric][0] for found in self.seeds.values()])
        return float(values.std(ddof=1)) if len(values) > 1 and not np.isnan(values).any() else None


def rows_of(cells: list[Cell], task: str, split: str, domain: Domain) -> Iterator[dict[str, Any]]:
    """Tidy rows: every seed by itself, then ``all``, the mean over seeds."""
    for cell in cells:
        found = [(str(seed), values) for seed, values in cell.seeds.items()]
        for seed, values in [*found, (POOLED, {**cell.pooled, **cell.against})]:
            for metric, resamples in values.items():
                e = estimate(resamples)
                row = (cell.arm, seed, task, split, metric, e.value, e.low, e.high, domain.tiles)
                yield dict(zip(COLUMNS, row, strict=True))


def write_figures(path: Path, rows: list[dict[str, Any]]) -> None:
    """Writes the tidy CSV; an undefined figure is an empty cell."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _text(value) for key, value in row.items()} for row in rows)
    partial.replace(path)


def metrics_of(cells: list[Cell], domain: Domain) -> Json:
    """Arm to its baseline, and to probe to metric, pooled over seeds; an error reduction with both accuracies."""
    return {cell.arm: _arm(cell, domain) for cell in cells}


def _arm(cell: Cell, domain: Domain) -> Json:
    found: Json = {"n": domain.tiles, "patients": domain.patients, "seeds": len(cell.seeds)}
    found["baseline"] = cell.base.arm if cell.base else None
    for name, resamples in {**cell.pooled, **cell.against}.items():
        probe, metric = name.split("/")
        entry = numbers(estimate(resamples))
        if name in cell.pooled:
            entry["sd"] = rounded(cell.deviation(name))
        elif metric == "error_reduction" and cell.base:
            entry["accuracy"] = rounded(float(cell.pooled[f"{probe}/accuracy"][0]))
            entry["accuracy_baseline"] = rounded(float(cell.base.pooled[f"{probe}/accuracy"][0]))
            entry["n"] = domain.tiles
        found.setdefault(probe, {})[metric] = entry
    return found


def numbers(found: Estimate) -> Json:
    """``value``, ``low``, ``high``, rounded."""
    return {"value": rounded(found.value), "low": rounded(found.low), "high": rounded(found.high)}


def rounded(value: float | None) -> float | None:
    """To DIGITS decimals; None stays None."""
    return None if value is None else round(value, DIGITS)


def _text(value: object) -> object:
    if value is None:
        return ""
    return f"{value:.{DIGITS}g}" if isinstance(value, float) else value
