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

HEADS = ("linear", "knn", "mlp")  # in the order of tables
Predictions = dict[str, np.ndarray]
Known = tuple[np.ndarray, np.ndarray, np.ndarray]  # features, targets and patients of training tiles


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

    def mlp(self, train: np.ndarray, targets: np.ndarray, test: np.ndarray, seed: int) -> np.ndarray:
        """Predictions of a head with one hidden layer; arguments as those of ``linear``, ``seed`` of its weights."""
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


def predict(probes: Probes, task: str, train: Known, test: np.ndarray, spec: Json) -> Predictions:
    """Predictions for the test tiles: float32 (draw, test tile, ...) by the name of the probe.

    Args:
        probes: Of the task's kind of target.
        task: Its name.
        train: Features, targets and patients of the training tiles.
        test: Features of the test tiles.
        spec: ``seed``, the ``heads`` that learn from all labels, ``few`` labels of ``few_patients`` patients in each
            of ``draws`` draws, from which a linear one learns, ``neighbours``.
    """
    found = {head: _head(head, probes, task, train, test, spec)[None] for head in HEADS if head in spec["heads"]}
    found["few"] = _few(probes, task, train, test, spec)
    return {name: values.astype(np.float32) for name, values in found.items()}


def _head(head: str, probes: Probes, task: str, train: Known, test: np.ndarray, spec: Json) -> np.ndarray:
    """What a head says that learned from all labels."""
    x, targets, groups = train
    if head == "knn":
        return probes.nearest(x, targets, test, spec["neighbours"])
    if head == "mlp":
        return probes.mlp(x, targets, test, derive(spec["seed"], "mlp", task))
    linear = probes.linear(x, targets, groups, test)
    _warn(f"{task}, {head}", [linear])
    return linear.predicted


def _few(probes: Probes, task: str, train: Known, test: np.ndarray, spec: Json) -> np.ndarray:
    """What linear probes say that learned from few labels: (draw, test tile, ...)."""
    x, targets, groups = train
    fitted = []
    for draw in range(spec["draws"]):  # the same tiles for every arm and repeat
        seed = derive(spec["seed"], "draw", task, draw)
        rows = probes.draw(targets, groups, spec["few"], spec["few_patients"], seed)
        fitted.append(probes.linear(x[rows], targets[rows], groups[rows], test))
    _warn(f"{task}, few", fitted)
    return np.stack([one.predicted for one in fitted])


def _warn(what: str, fitted: list[Linear]) -> None:
    """Says so where the best penalty may lie beyond those that were tried."""
    edges = sum(one.edge for one in fitted)
    if edges:
        console.print(f"[yellow]warning[/] {what}: penalty at the end of its range, {edges} of {len(fitted)} fits")
