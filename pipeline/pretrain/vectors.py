"""Numbers from a table as the privileged view of tiles."""

from pathlib import Path

import numpy as np

from pipeline.core.cohort.cohort import Member
from pipeline.core.cohort.vectors import read_vectors
from pipeline.core.store.store import TileStore
from pipeline.pretrain.samples import Vectors


def vectors_of(path: Path) -> Vectors:
    """Reads a table; see :func:`pipeline.core.cohort.vectors.read_vectors`.

    Returns:
        A function from a slide to the vectors of its tiles; it raises ProductError where one has none.
    """
    table = read_vectors(path)

    def of(member: Member) -> np.ndarray:
        return table.of(member.slide, TileStore(member.store).column("xy"))

    return of
