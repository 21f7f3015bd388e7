"""How much of a tile is positive in another stain: a value to be predicted."""

from collections.abc import Iterable
from typing import ClassVar

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.files import Json
from pipeline.core.store.store import TileStore
from pipeline.core.tasks.task import Targets, Task

BLOCK = 256


class StainShare(Task):
    """The share of the pixels of the registered partner of ``stain`` whose ``channel`` is above ``threshold``.

    In [0, 1]; slides without a partner have no target.
    """

    continuous: ClassVar[bool] = True

    def targets(self, cohort: Cohort, members: Iterable[Member]) -> Targets:
        return Targets((), {member.slide: positive_share(cohort, self.section, member) for member in members})


def positive_share(cohort: Cohort, section: Json, member: Member) -> np.ndarray:
    """Share of positive pixels of every tile of a slide: float64 (tile,) in [0, 1]; NaN without a partner.

    Args:
        cohort: Where the registered partner is found.
        section: ``stain`` of the partner, ``channel``, and ``threshold`` of 255 that a positive pixel is above.
        member: A slide of the primary stain.
    """
    partner = cohort.partner(member.slide, section["stain"])
    if partner is None:
        return np.full(member.tiles, np.nan)
    blocks = TileStore(partner.store).blocks(BLOCK)
    return np.concatenate([(b[..., section["channel"]] > section["threshold"]).mean((1, 2)) for b in blocks])
