"""Losses by step: sums on the device, lines on the host, a CSV in the end."""

import math
from pathlib import Path

import torch

from pipeline.core.errors import ProductError
from pipeline.core.train.distribution import average
from pipeline.core.train.learner import Losses

Line = dict[str, float]
History = list[Line]


class Meter:
    """Means of losses over the steps since the last line, in double precision.

    They are summed where they arise: a step does not wait for the device.

    Args:
        device: Of the losses.
        where: What is trained, for the error.
    """

    def __init__(self, device: torch.device, where: str) -> None:
        kind = torch.float32 if device.type == "mps" else torch.float64  # Apple's GPUs know no doubles
        self._zero, self._where = torch.zeros((), dtype=kind, device=device), where
        self._sums: Losses = {}
        self._counts: dict[str, int] = {}

    def add(self, turn: str, losses: Losses) -> None:
        """Takes in the losses of a turn, named ``turn/loss`` from here on."""
        for name, value in losses.items():
            key = f"{turn}/{name}"
            self._sums[key] = self._sums.get(key, self._zero) + value.detach()
            self._counts[key] = self._counts.get(key, 0) + 1

    def sums(self, first: int, last: int) -> dict[str, tuple[float, int]]:
        """Every loss's sum and count, on the host.

        Raises:
            ProductError: One is not finite; the message names the steps, ``first`` to ``last``.
        """
        values = average(torch.stack([*self._sums.values()])).tolist() if self._sums else []
        for name, value in zip(self._sums, values, strict=True):
            if not math.isfinite(value):
                raise ProductError(
                    f"the loss {name} is not finite within steps {first} to {last}", where=self._where, fix="lower lr"
                )
        return {name: (value, self._counts[name]) for name, value in zip(self._sums, values, strict=True)}

    def resume(self, sums: dict[str, tuple[float, int]]) -> None:
        """Goes on from what :meth:`sums` said."""
        self._sums = {name: self._zero + value for name, (value, _) in sums.items()}
        self._counts = {name: count for name, (_, count) in sums.items()}

    def line(self, first: int, last: int) -> Line:
        """The line of step ``last``: the mean of every loss since step ``first``; begins anew."""
        means = {name: value / count for name, (value, count) in self.sums(first, last).items()}
        self.resume({})
        return {"step": last, **means}


def write_history(path: Path, history: History) -> None:
    """Writes one CSV row per line of history, to six significant digits, for a person or DVC to plot."""
    import pandas as pd

    path.parent.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame(history) if history else pd.DataFrame(columns=["step"])
    table.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")
