"""What a probe is asked and supervised training learns: a target per tile."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member
from pipeline.core.files import Json

NONE = -1  # class of a tile without one; a tile without a value has NaN


@dataclass(frozen=True)
class Targets:
    """The targets of a task.

    Args:
        names: Class names; a target is a position in them. Empty where targets are values.
        rows: Slide to int64 (tile,) classes, NONE = no target, or to float64 (tile,) values, NaN = no target.
        threshold: Of 255 that a positive pixel is above; None where there is no such thing.
    """

    names: tuple[str, ...]
    rows: dict[str, np.ndarray]
    threshold: int | None = None


class Task(ABC):
    """A kind of task.

    Args:
        section: The task's section of params.yaml.
    """

    continuous: ClassVar[bool] = False  # targets are values, else classes

    def __init__(self, section: Json) -> None:
        self.section = section

    @abstractmethod
    def targets(self, cohort: Cohort, members: Iterable[Member]) -> Targets:
        """Targets of every tile of some slides.

        Args:
            cohort: Where registered partners are found.
            members: Slides of the primary stain.
        """


def has_target(targets: np.ndarray) -> np.ndarray:
    """Which tiles have a target: bool (tile,) of int64 classes or float64 values."""
    return np.asarray(~np.isnan(targets) if targets.dtype.kind == "f" else targets != NONE)
