"""A synthetic cohort as whoever learns from it sees it."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.manifests.cohorts import CohortManifest


@dataclass(frozen=True)
class Painted:
    """A synthetic cohort.

    Args:
        cohort: Its slides.
        patients: Whom its painter and the maker of its masks learned from, and whose masks it has.
        classes: Names of the classes of its masks, in any order.
    """

    cohort: Cohort
    patients: tuple[str, ...]
    classes: frozenset[str] = frozenset()

    @classmethod
    def read(cls, index: Path) -> "Painted":
        """Reads the index of a cohort of ``synthesize.cohorts``."""
        made = CohortManifest.read(index)
        return cls(Cohort.read(index), made.patients, frozenset(made.counts))
