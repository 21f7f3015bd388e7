"""Probes: what can be read from the frozen features of an encoder."""

from typing import Protocol

import numpy as np

from pipeline.core.console import console
from pipeline.core.files import Json
from pipeline.core.measures.pool import Pool
from pipeline.core.seeds import derive
from pipeline.evaluate.classification import ClassProbes
from pipeline.evaluate.penalty import Linear
from pipeline.evaluate.regression import ValueProbes

Predictions = dict[str, np.ndarray]


class Probes(Protocol):
    """The probes of a kind of target. Predictions are float64 (test tile, class), or (test tile,) of values."""

    def linear(self, train: np.ndarray, targets: np.ndarray, groups: np.ndarray, test: np.ndarray) -> Linear:
        """Predictions of a linear model, its penalty chosen by cross-validation over patients.

        Args:
            train: float (tile, features).
            targets: Of the training tiles.
            groups: (tile,), the patient of each training tile.
            test: float (test tile, features).
        """
        ...

    def nearest(self, train: np.ndarray, targets: np.ndarray, test: np.ndarray, neighbours: int) -> np.ndarray:
        """Predictions from the nearest training tiles by cosine; arguments as those of ``linear``."""
        ...

    def draw(self, targets: np.ndarray, groups: np.ndarray, few: int, patients: int | None, seed: int) -> np.ndarray:
        """Training tiles to learn from when labels are few: ascending int64.

        Args:
            targets: Of the training tiles.
            groups: (tile,), the patient of each.
            few: How many tiles.
            patients: Of how many patients; None for all.
            seed: Of the draw.
        """
        ...

    def pool(self, truth: np.ndarray, patient: np.ndarray, predicted: np.ndarray) -> Pool:
        """What scores predictions.

        Args:
            truth: Targets of the test tiles.
            patient: int (test tile,), from 0.
            predicted: float32 (draw, test tile, ...).
        """
        ...


def probes_of(names: tuple[str, ...]) -> Probes:
    """The probes of classes, or of values where there are no class names."""
    return ClassProbes(len(names)) if names else ValueProbes()


def predict(
    probes: Probes, task: str, train: tuple[np.ndarray, np.ndarray, np.ndarray], test: np.ndarray, spec: Json
) -> Predictions:
    """Predictions for the test tiles: float32 (draw, test tile, ...) by the name of the probe.

    Args:
        probes: Of the task's kind of target.
        task: Its name.
        train: Features, targets and patients of the training tiles.
        test: Features of the test tiles.
        spec: ``seed``, ``few`` labels of ``few_patients`` patients in each of ``draws`` draws, ``neighbours``.
    """
    x, targets, groups = train
    few = []
    for draw in range(spec["draws"]):  # the same tiles for every arm and repeat
        seed = derive(spec["seed"], "draw", task, draw)
        rows = probes.draw(targets, groups, spec["few"], spec["few_patients"], seed)
        few.append(probes.linear(x[rows], targets[rows], groups[rows], test))
    linear = probes.linear(x, targets, groups, test)
    _warn(f"{task}, linear", [linear])
    _warn(f"{task}, few", few)
    found = {
        "linear": linear.predicted[None],
        "knn": probes.nearest(x, targets, test, spec["neighbours"])[None],
        "few": np.stack([fitted.predicted for fitted in few]),
    }
    return {name: values.astype(np.float32) for name, values in found.items()}


def _warn(what: str, fitted: list[Linear]) -> None:
    """Says so where the best penalty may lie beyond those that were tried."""
    edges = sum(one.edge for one in fitted)
    if edges:
        console.print(f"[yellow]warning[/] {what}: penalty at the end of its range, {edges} of {len(fitted)} fits")
