"""Draws of few labels from few patients: a lab that labels little has slides of few patients to label."""

import numpy as np


def draw_classes(targets: np.ndarray, groups: np.ndarray, few: int, patients: int | None, seed: int) -> np.ndarray:
    """Rows of a draw of ``few`` tiles per class of some patients, or all of a class that has fewer: ascending int64.

    First ``patients`` of them are drawn. Where these lack a class, further ones are drawn; of those the ones that
    bring a class which is still missing are taken, so that the draw has every class that there is.

    Args:
        targets: int (tile,), the class of each training tile.
        groups: (tile,), its patient.
        few: Tiles of each class.
        patients: How many patients; None for all.
        seed: Of the draw.
    """
    rng = np.random.default_rng(seed)
    rows = np.arange(len(targets)) if patients is None else _rows_of(groups, _enough(targets, groups, patients, rng))
    drawn = [rng.permutation(rows[targets[rows] == label])[:few] for label in np.unique(targets)]
    return np.sort(np.concatenate(drawn))


def draw_values(groups: np.ndarray, few: int, patients: int | None, seed: int) -> np.ndarray:
    """Rows of a draw of ``few`` tiles in all of ``patients`` patients, or all where there are fewer: ascending int64.

    Args as :func:`draw_classes`.
    """
    rng = np.random.default_rng(seed)
    rows = np.arange(len(groups))
    if patients is not None:
        rows = _rows_of(groups, rng.permutation(np.unique(groups))[:patients])
    return np.sort(rng.permutation(rows)[:few])


def _enough(targets: np.ndarray, groups: np.ndarray, patients: int, rng: np.random.Generator) -> np.ndarray:
    """The first patients of a random order, and those of the others that bring a missing class."""
    order = rng.permutation(np.unique(groups))
    taken = order[:patients].tolist()
    missing = set(targets.tolist()) - set(targets[np.isin(groups, taken)].tolist())
    for patient in order[patients:].tolist():
        brought = missing & set(targets[groups == patient].tolist())
        if brought:
            taken.append(patient)
            missing -= brought
    return np.array(taken)


def _rows_of(groups: np.ndarray, patients: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.isin(groups, patients))
