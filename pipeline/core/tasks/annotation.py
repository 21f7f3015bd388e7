"""The class that an annotation gives a tile."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.store.store import TileStore
from pipeline.core.tasks.task import NONE, Targets, Task


class Annotation(Task):
    """The stores' ``label`` column, merged over the slides by class name."""

    def targets(self, cohort: Cohort, members: Iterable[Member]) -> Targets:
        stores = {member.slide: TileStore(member.store) for member in members}
        known = {slide: _own(store) for slide, store in stores.items()}
        names = tuple(sorted({name for own, _ in known.values() for name in own}))
        return Targets(names, {slide: _rename(own, column, names) for slide, (own, column) in known.items()})


def _own(store: TileStore) -> tuple[list[str], np.ndarray]:
    """A store's class names and its label column: int64 (tile,)."""
    if not store.has("label"):
        return [], np.full(len(store), NONE)
    attributes: dict[str, Any] = store.attributes
    return list(attributes["label_names"]), store.column("label").astype(np.int64)


def _rename(own: list[str], column: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    table = np.array([*(names.index(name) for name in own), NONE])
    renamed: np.ndarray = table[column]  # -1 picks the last entry
    return renamed
