"""Times two ways to do the same, turn by turn in one run, and keeps the ratio."""

import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from statistics import median

from pipeline.core.files import write_json

ROUNDS = 3


@dataclass(frozen=True)
class Race:
    """What was measured: things per second (median of the rounds), ours against another's.

    Args:
        name: What is done.
        against: How the other does it.
        unit: What is counted.
        ours: Per second.
        other: Per second.
        aim: The ratio that is aimed at.
        note: Anything a reader must know.
    """

    name: str
    against: str
    unit: str
    ours: float
    other: float
    aim: float
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.ours / self.other


def race(
    name: str,
    ours: Callable[[], int],
    other: Callable[[], int],
    *,
    against: str,
    unit: str,
    aim: float,
    note: str = "",
    rounds: int = ROUNDS,
) -> Race:
    """Runs both by turns, after one round that does not count; each returns how many things it did."""
    rates = by_turns([partial(_rate, ours), partial(_rate, other)], rounds)
    return Race(name, against, unit, *rates, aim, note)


def by_turns(runs: Sequence[Callable[[], float]], rounds: int = ROUNDS) -> list[float]:
    """The median of what each says it did per second, by turns, after one round that does not count."""
    rates = [[run() for run in runs] for _ in range(rounds + 1)]
    return [median(own) for own in zip(*rates[1:], strict=True)]


def _rate(run: Callable[[], int]) -> float:
    began = time.perf_counter()
    count = run()
    return count / (time.perf_counter() - began)


def write_races(path: Path, races: list[Race]) -> None:
    """Writes figures and machine as JSON."""
    machine = {"cpus": os.cpu_count(), "processor": platform.machine(), "python": platform.python_version()}
    write_json(path, {"machine": machine, "races": [{**asdict(found), "ratio": found.ratio} for found in races]})
