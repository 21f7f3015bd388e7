"""Predicted classes: accuracy, balanced accuracy and AUROC of tiles."""

from dataclasses import dataclass

import numpy as np

from pipeline.core.measures.auroc import count_wins
from pipeline.core.measures.confusion import Confusion, confusions


@dataclass(frozen=True)
class Chances:
    """Class probabilities of tiles.

    Args:
        label: int (tile,), the true class.
        patient: int (tile,), from 0.
        chances: float32 (draw, tile, class).
        probe: int (patient,), which of several, such as those of folds, scored the tiles of each.
    """

    label: np.ndarray
    patient: np.ndarray
    chances: np.ndarray
    probe: np.ndarray

    def values(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        """``accuracy``, ``balanced_accuracy`` and ``auroc`` by draw; see :class:`pipeline.core.measures.pool.Pool`."""
        each = [self._draw(chances, weights) for chances in self.chances]
        return {metric: np.stack([found[metric] for found in each]) for metric in each[0]}

    def _draw(self, chances: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
        label, count = self.label.astype(np.int64), weights.shape[1]
        counts = confusions(label, chances.argmax(1), self.patient, (count, chances.shape[1]))
        wins = count_wins(label, chances, self.patient, self.probe)
        return {**Confusion(counts).values(weights), **wins.values(weights)}
