"""How many instances a tile shows, such as nuclei: a value that is read from no picture."""

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.errors import ProductError
from pipeline.core.store.store import TileStore
from pipeline.core.tasks.task import Targets, Task

BLOCK = 256
INSTANCE = "instance"


class InstanceCount(Task):
    """The number of instances in every tile of the registered partner of ``stain``; those that are cut off count too.

    Slides without a partner have no target.
    """

    continuous: ClassVar[bool] = True

    def targets(self, cohort: Cohort, members: Iterable[Member]) -> Targets:
        return Targets((), {member.slide: self._counts(cohort, member) for member in members})

    def _counts(self, cohort: Cohort, member: Member) -> np.ndarray:
        """float64 (tile,); NaN without a partner."""
        partner = cohort.partner(member.slide, self.section["stain"])
        if partner is None:
            return np.full(member.tiles, np.nan)
        store = TileStore(partner.store)
        if not store.has(INSTANCE):
            raise ProductError(
                f"{partner.slide} has no instances to count",
                where=str(partner.store),
                fix="count those of a stain of kind mask that is cut with its label images",
            )
        return np.concatenate([count_instances(block) for block in store.array(INSTANCE).blocks(BLOCK)])


def count_instances(tiles: np.ndarray) -> np.ndarray:
    """Distinct ids of every tile, 0 left out: float64 (tile,).

    Args:
        tiles: uint16 or uint32 (tile, y, x), instance ids, 0 is background.
    """
    ids = np.sort(tiles.reshape(len(tiles), -1), axis=1)
    others = np.count_nonzero(ids[:, 1:] != ids[:, :-1], axis=1)
    return np.asarray(others + (ids[:, 0] != 0), np.float64)
