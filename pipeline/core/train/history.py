"""Losses by step: sums on the device, lines on the host, a CSV in the end."""

import math
from collections.abc import Callable
from pathlib import Path

import torch

from pipeline.core.errors import ProductError
from pipeline.core.train.distribution import average
from pipeline.core.train.learner import Losses

Line = dict[str, float]
History = list[Line]


class Meter:
    """Means of losses over the steps since the last line, in double precision.

    They stay where they arise until a line is due: a step does not wait for the device.

    Args:
        device: Of the losses.
        where: What is trained, for the error.
        describe: What the batch of a step holds, for the error; the first step is 0.
    """

    def __init__(self, device: torch.device, where: str, describe: Callable[[int], str]) -> None:
        self._kind = torch.float32 if device.type == "mps" else torch.float64  # Apple's GPUs know no doubles
        self._where, self._describe = where, describe
        self._found: list[tuple[str, int, torch.Tensor]] = []  # on the device: loss, step and value
        self._sums: dict[str, tuple[float, int]] = {}

    def add(self, turn: str, losses: Losses, step: int) -> None:
        """Takes in the losses of a turn of a ``step``, counted from 0; they are named ``turn/loss`` from here on."""
        self._found += [(f"{turn}/{name}", step, value.detach()) for name, value in losses.items()]

    def sums(self) -> dict[str, tuple[float, int]]:
        """Every loss's sum and count, on the host.

        Raises:
            ProductError: One is not finite on any rank; the message names the loss, the step and its batch.
        """
        found, self._found = self._found, []
        values = average(torch.stack([value.to(self._kind) for *_, value in found])).tolist() if found else []
        for (name, step, _), value in zip(found, values, strict=True):
            if not math.isfinite(value):
                raise ProductError(
                    f"the loss {name} is not finite at step {step + 1}; its batch: {self._describe(step)}",
                    where=self._where,
                    fix="lower lr, or look at these tiles",
                )
            total, count = self._sums.get(name, (0.0, 0))
            self._sums[name] = total + value, count + 1
        return dict(self._sums)

    def resume(self, sums: dict[str, tuple[float, int]]) -> None:
        """Goes on from what :meth:`sums` said."""
        self._sums = dict(sums)

    def line(self, step: int) -> Line:
        """The line of ``step``, counted from 1: the mean of every loss since the last one; begins anew."""
        means = {name: value / count for name, (value, count) in self.sums().items()}
        self._sums = {}
        return {"step": step, **means}


def write_history(path: Path, history: History) -> None:
    """Writes one CSV row per line of history, to six significant digits, for a person or DVC to plot."""
    import pandas as pd

    path.parent.mkdir(parents=True, exist_ok=True)
    table = pd.DataFrame(history) if history else pd.DataFrame(columns=["step"])
    table.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")
