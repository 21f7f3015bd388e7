"""``results/figures.csv``: every figure of a study with its interval, one row each."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from pipeline.core.errors import ProductError
from pipeline.core.files import aside

TEXTS, NUMBERS, COUNT = ("arm", "seed", "task", "split", "metric", "against"), ("value", "ci_low", "ci_high"), "n"
COLUMNS = (*TEXTS, *NUMBERS, COUNT)
POOLED = "all"  # seed of a mean over seeds
DIGITS = 6


class Figure(NamedTuple):
    """A row.

    Args:
        arm: Arm, translator or normaliser.
        seed: Its repeat, or POOLED.
        task: What was asked.
        split: The domain; see :mod:`pipeline.core.measures.domains`.
        metric: Which.
        against: The subject that a difference or a ratio is to; empty for what was measured of ``arm`` alone.
        value: NaN where it is not defined; so are the ends of the interval.
        ci_low: Lower end of the 95 % interval.
        ci_high: Upper end.
        n: Tiles, or slides, behind it.
    """

    arm: str
    seed: str
    task: str
    split: str
    metric: str
    against: str
    value: float
    ci_low: float
    ci_high: float
    n: int


def write_figures(path: Path, figures: Iterable[Figure]) -> None:
    """Writes tidy CSV; an undefined number is an empty cell."""
    table = pd.DataFrame(figures, columns=list(COLUMNS))
    with aside(path) as partial:
        table.to_csv(partial, index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")


def read_figures(path: Path) -> list[Figure]:
    """Reads them; raises ProductError where the file is missing or has other columns."""
    fix = "run the evaluate phase again"
    if not path.is_file():
        raise ProductError("no figures to report", where=str(path), fix=fix)
    empty = {name: [""] for name in NUMBERS}
    table = pd.read_csv(path, dtype=dict.fromkeys(TEXTS, str), keep_default_na=False, na_values=empty)
    missing = sorted(set(COLUMNS) - set(table.columns))
    if missing:
        raise ProductError(f"columns {missing} are missing", where=str(path), fix=fix)
    return [Figure(*row) for row in table[list(COLUMNS)].itertuples(index=False)]
