"""What the probes ask and supervised training learns: one label per tile, of a task in params.yaml."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.files import Json
from pipeline.core.store.store import TileStore

NONE = -1
BLOCK = 256


@dataclass(frozen=True)
class Labels:
    """Labels of a task.

    Args:
        names: Class names; a label is a position in them.
        rows: Slide to int64 (tile,); -1 = no label.
    """

    names: tuple[str, ...]
    rows: dict[str, np.ndarray]


def read_labels(cohort: Cohort, task: Json, members: Iterable[Member]) -> Labels:
    """Labels of the tiles of ``members``.

    Args:
        cohort: Where registered partners are found.
        task: ``kind`` ``annotation``: the stores' ``label`` column, merged over the slides by class
            name. ``kind`` ``stain``: 1 where ``channel`` of the registered partner of ``stain`` is
            above ``threshold`` (of 255) in more than ``fraction`` of the tile, else 0; slides without
            a partner have no label.
        members: Slides of the primary stain.
    """
    if task["kind"] == "annotation":
        return _annotation(members)
    rows = {member.slide: _positive(cohort, task, member) for member in members}
    return Labels((f"{task['stain']} negative", f"{task['stain']} positive"), rows)


def _annotation(members: Iterable[Member]) -> Labels:
    stores = {member.slide: TileStore(member.store) for member in members}
    known = {slide: _own(store) for slide, store in stores.items()}
    names = tuple(sorted({name for own, _ in known.values() for name in own}))
    return Labels(names, {slide: _rename(own, column, names) for slide, (own, column) in known.items()})


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


def _positive(cohort: Cohort, task: Json, member: Member) -> np.ndarray:
    partner = cohort.partner(member.slide, task["stain"])
    if partner is None:
        return np.full(member.tiles, NONE)
    blocks = TileStore(partner.store).blocks(BLOCK)
    shares = [(block[..., task["channel"]] > task["threshold"]).mean((1, 2)) for block in blocks]
    positive: np.ndarray = np.concatenate(shares) > task["fraction"]
    return positive.astype(np.int64)
