"""Whether a tile is positive in another stain."""

from collections.abc import Iterable

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.tasks.positive import positive_shares
from pipeline.core.tasks.task import NONE, Targets, Task


class Stain(Task):
    """Positive where more than ``fraction`` of the registered partner's pixels are, as :class:`StainShare` counts them.

    Slides without a partner have no target.
    """

    def targets(self, cohort: Cohort, members: Iterable[Member]) -> Targets:
        threshold, shares = positive_shares(cohort, self.section, members)
        rows = {slide: self._classes(share) for slide, share in shares.items()}
        return Targets((f"{self.section['stain']} negative", f"{self.section['stain']} positive"), rows, threshold)

    def _classes(self, share: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(share), NONE, (share > self.section["fraction"]).astype(np.int64))
