"""Whether a tile is positive in another stain."""

from collections.abc import Iterable

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.tasks.stain_share import positive_share
from pipeline.core.tasks.task import NONE, Targets, Task


class Stain(Task):
    """Positive where more than ``fraction`` of the registered partner's pixels are, as :class:`StainShare` counts them.

    Slides without a partner have no target.
    """

    def targets(self, cohort: Cohort, members: Iterable[Member]) -> Targets:
        rows = {member.slide: self._classes(positive_share(cohort, self.section, member)) for member in members}
        return Targets((f"{self.section['stain']} negative", f"{self.section['stain']} positive"), rows)

    def _classes(self, share: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(share), NONE, (share > self.section["fraction"]).astype(np.int64))
