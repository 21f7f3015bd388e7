"""``make bench``: every race, as a table on the terminal and as JSON in ``results/benchmarks``."""

import importlib
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from .race import write_races

SUITES = ("decode", "command", "many", "apply", "batches", "stores", "training", "stain", "translation")
FILES, RESULTS = Path("scratch/benchmarks").resolve(), Path("results/benchmarks")


def main(wanted: list[str]) -> None:
    """Runs the suites that are named, or all."""
    console = Console(width=150)
    FILES.mkdir(parents=True, exist_ok=True)
    table = Table("what", "against", "ours /s", "other /s", "ratio", "aim")
    for suite in wanted or SUITES:
        found = []
        for race in importlib.import_module(f"tests.benchmarks.{suite}").races(FILES):
            console.print(f"{race.name}: {race.ratio:.2f}x")
            figures = (f"{race.ours:.0f}", f"{race.other:.0f}", f"{race.ratio:.2f}", f"{race.aim:g}")
            table.add_row(race.name, race.against, *figures)
            found.append(race)
        write_races(RESULTS / f"{suite}.json", found)
    console.print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
