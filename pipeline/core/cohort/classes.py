"""The classes that a tile shows: which, and whether the study knows them."""

from collections.abc import Sequence

import numpy as np

from pipeline.core.errors import ProductError

LEAST = 20  # pixels of a class in a tile that shows it


def present(mask: np.ndarray, classes: int) -> np.ndarray:
    """Which classes have LEAST pixels or more in each tile: bool (tile, class), id 1 first.

    Args:
        mask: uint8 (tile, y, x), ids of classes, 0 is background.
        classes: How many there are; larger ids are left out.
    """
    flat = mask.reshape(len(mask), -1)
    counts = [(flat == number).sum(1) for number in range(1, classes + 1)]
    return np.stack(counts, 1) >= LEAST if counts else np.zeros((len(mask), 0), bool)


def require_known(mask: np.ndarray, classes: Sequence[str], where: str) -> None:
    """Raises ProductError where a mask has an id that no class has.

    Args:
        mask: uint8, of any shape.
        classes: Names of the ids 1, 2 and so on.
        where: Whose mask it is.
    """
    highest = int(mask.max(initial=0))
    if highest > len(classes):
        known = ", ".join(f"{number} {name}" for number, name in enumerate(classes, 1))
        raise ProductError(
            f"a mask has id {highest}, and no class is called so; known are {known}",
            where=where,
            fix="name every id under stains, in their order: classes: [name of id 1, ...]",
        )
