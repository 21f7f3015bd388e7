"""The penalty of a linear probe: of those tried, the one with the least loss on held-out training patients."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import GroupKFold

FOLDS = 3
FLAT = 1e-3  # of the loss: what changes less from one penalty to the next has come to its end
Fold = tuple[np.ndarray, np.ndarray]  # rows that are learned from, and those that are held out


class Choice(NamedTuple):
    """A penalty; ``edge``: one beyond those that were tried might do better."""

    penalty: float
    edge: bool = False


class Linear(NamedTuple):
    """A fitted linear probe, and whether its penalty is at an edge; see :class:`Choice`.

    Args:
        predict: Of float (tile, features): float64 (tile, class), or (tile,) of values.
        edge: Of its penalty.
    """

    predict: Callable[[np.ndarray], np.ndarray]
    edge: bool


def folds(groups: np.ndarray) -> list[Fold]:
    """FOLDS parts by patient, or one per patient where there are fewer; none of a single patient.

    Args:
        groups: (tile,), the patient of each training tile.
    """
    count = min(FOLDS, len(set(groups.tolist())))
    return list(GroupKFold(count).split(groups, groups=groups)) if count > 1 else []


def choose(losses: Mapping[float, float]) -> Choice:
    """The penalty with the least loss; of equal ones the first.

    It is at an edge where it is the first or the last and the loss still falls there by more than FLAT. Where it does
    not, penalties beyond say the same: the mean whatever the features, or the fit without a penalty.

    Args:
        losses: Penalty to loss, in the order of penalties, two at least.
    """
    tried = list(losses)
    best = min(tried, key=losses.__getitem__)
    beside = {tried[0]: tried[1], tried[-1]: tried[-2]}.get(best, best)
    return Choice(best, losses[beside] - losses[best] > FLAT * losses[best])
