"""Probes: what can be read from the frozen features of an encoder."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from pipeline.core.console import console
from pipeline.core.files import Json
from pipeline.core.measures.pool import Pool
from pipeline.core.seeds import derive
from pipeline.evaluate.classification import ClassProbes
from pipeline.evaluate.penalty import Linear
from pipeline.evaluate.regression import ValueProbes

LINEAR, PERMUTED = "linear", "permuted"
NULLS = 2  # draws of permuted labels
HEADS = (LINEAR, "knn", "mlp")  # in the order of tables
Predictions = dict[str, np.ndarray]


@dataclass(frozen=True)
class Asked:
    """What the probes of a task learn from, and what they are asked about.

    Args:
        task: Its name.
        train: float (tile, numbers), features of the training tiles.
        targets: Theirs.
        groups: (tile,), the patient of each.
        test: float (test tile, numbers).
    """

    task: str
    train: np.ndarray
    targets: np.ndarray
    groups: np.ndarray
    test: np.ndarray

    def beside(self, other: "Asked") -> "Asked":
        """The same tiles by the numbers of both."""
        train, test = np.hstack([self.train, other.train]), np.hstack([self.test, other.test])
        return replace(self, train=train, test=test)


class Probes(Protocol):
    """The probes of a kind of target. Predictions are float64 (test tile, class), or (test tile,) of values."""

    def linear(self, train: np.ndarray, targets: np.ndarray, groups: np.ndarray) -> Linear:
        """A linear model, its penalty chosen by cross-validation over patients.

        Args:
            train: float (tile, features).
            targets: Of the training tiles.
            groups: (tile,), the patient of each training tile.
        """
        ...

    def nearest(self, train: np.ndarray, targets: np.ndarray, test: np.ndarray, neighbours: int) -> np.ndarray:
        """Predictions for ``test`` from the nearest training tiles by cosine; arguments as those of ``linear``."""
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


def predict(probes: Probes, asked: Asked, spec: Json, colours: Asked | None = None) -> Predictions:
    """Predictions for the test tiles: float32 (draw, test tile, ...) by the name of the probe.

    Beside the heads: ``few``, a linear one that learns from few labels, and ``permuted``, the same with the labels of
    NULLS draws permuted among their tiles, which says what the probe makes of nothing. With ``colours`` also
    ``linear_colour`` and ``few_colour``: the same of both numbers together, which over colour alone is what the
    features add to it.

    Args:
        probes: Of the task's kind of target.
        asked: What they learn from, and the test tiles.
        spec: ``seed``, the ``heads`` that learn from all labels, ``few`` labels of ``few_patients`` patients in each
            of ``draws`` draws, ``neighbours``.
        colours: The same tiles by their colour.
    """
    found = {head: _head(head, probes, asked, spec)[None] for head in HEADS if head in spec["heads"]}
    found |= {"few": _few("few", probes, asked, spec), PERMUTED: _few(PERMUTED, probes, asked, spec)}
    if colours:
        both = asked.beside(colours)
        if LINEAR in found:
            found["linear_colour"] = _head(LINEAR, probes, both, spec)[None]
        found["few_colour"] = _few("few_colour", probes, both, spec)
    return {name: values.astype(np.float32) for name, values in found.items()}


def _head(head: str, probes: Probes, asked: Asked, spec: Json) -> np.ndarray:
    """What a head says that learned from all labels."""
    if head == "knn":
        return probes.nearest(asked.train, asked.targets, asked.test, spec["neighbours"])
    if head == "mlp":
        return probes.mlp(asked.train, asked.targets, asked.test, derive(spec["seed"], "mlp", asked.task))
    linear = probes.linear(asked.train, asked.targets, asked.groups)
    _warn(f"{asked.task}, {head}", [linear])
    return linear.predict(asked.test)


def _few(name: str, probes: Probes, asked: Asked, spec: Json) -> np.ndarray:
    """What linear probes say that learned from few labels: (draw, test tile, ...)."""
    fitted = []
    draws = min(NULLS, spec["draws"]) if name == PERMUTED else spec["draws"]
    for draw in range(draws):  # the same tiles for every arm and repeat
        seed = derive(spec["seed"], "draw", asked.task, draw)
        rows = probes.draw(asked.targets, asked.groups, spec["few"], spec["few_patients"], seed)
        targets = asked.targets[rows]
        if name == PERMUTED:
            targets = np.random.default_rng(derive(spec["seed"], PERMUTED, asked.task, draw)).permutation(targets)
        fitted.append(probes.linear(asked.train[rows], targets, asked.groups[rows]))
    if name != PERMUTED:  # of nothing, the strongest penalty makes most
        _warn(f"{asked.task}, {name}", fitted)
    return np.stack([one.predict(asked.test) for one in fitted])


def _warn(what: str, fitted: list[Linear]) -> None:
    """Says so where the best penalty may lie beyond those that were tried."""
    edges = sum(one.edge for one in fitted)
    if edges:
        console.print(f"[yellow]warning[/] {what}: penalty at the end of its range, {edges} of {len(fitted)} fits")
