"""The penalty of a linear probe: of those tried, the one with the least loss on held-out training patients."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import GroupKFold

FOLDS = 5
Fold = tuple[np.ndarray, np.ndarray]  # rows that are learned from, and those that are held out


class Linear(NamedTuple):
    """What a linear probe predicts; ``edge``: a penalty beyond those that were tried might do better.

    Args:
        predicted: float64 (test tile, class), or (test tile,) of values.
        edge: The penalty is the weakest or the strongest of those tried.
    """

    predicted: np.ndarray
    edge: bool


def folds(groups: np.ndarray) -> list[Fold]:
    """FOLDS parts by patient, or one per patient where there are fewer; none of a single patient.

    Args:
        groups: (tile,), the patient of each training tile.
    """
    count = min(FOLDS, len(set(groups.tolist())))
    return list(GroupKFold(count).split(groups, groups=groups)) if count > 1 else []


def least(losses: Mapping[float, float]) -> float:
    """The penalty with the least loss; of equal ones the first."""
    return min(losses, key=losses.__getitem__)


def at_edge(penalty: float, tried: Sequence[float]) -> bool:
    """Whether it is the first or the last of those tried."""
    return penalty in (tried[0], tried[-1])
