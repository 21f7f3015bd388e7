"""How much of a tile is positive in another stain: a value to be predicted."""

from collections.abc import Iterable
from typing import ClassVar

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.tasks.positive import positive_shares
from pipeline.core.tasks.task import Targets, Task


class StainShare(Task):
    """The share of the pixels of the registered partner of ``stain`` whose ``channel`` is above ``threshold``.

    In [0, 1]; slides without a partner have no target. See :func:`pipeline.core.tasks.positive.positive_shares`.
    """

    continuous: ClassVar[bool] = True

    def targets(self, cohort: Cohort, members: Iterable[Member]) -> Targets:
        threshold, shares = positive_shares(cohort, self.section, members)
        return Targets((), shares, threshold)
