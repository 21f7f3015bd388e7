"""What a translator learns from: the training slides of its two stains."""

from dataclasses import dataclass

import numpy as np

from pipeline.core.cohort.cohort import Cohort, Member, joined
from pipeline.core.errors import ProductError
from pipeline.core.files import Json
from pipeline.core.store.rows import Rows

EXAMPLES = 6


@dataclass(frozen=True)
class Data:
    """Tiles of source and target, uint8 (tile, y, x, 3), on disk; registered row by row when the translator is paired.

    ``examples`` are (source, real target) rows to look at during training, in memory; registered where
    the cohort has registered training slides.
    """

    source: Rows
    target: Rows
    patients: list[str]
    examples: tuple[np.ndarray, np.ndarray]


def read_data(cohort: Cohort, spec: Json) -> Data:
    """Reads the training slides that a translator may see; raises ProductError when there are none.

    Args:
        cohort: Usable slides.
        spec: ``source`` and ``target`` stains; ``pairing``: ``paired`` takes registered slides only,
            ``unpaired`` all slides of both stains, registered or not.
    """
    pairs = cohort.paired(source=spec["source"], target=spec["target"], split="train")
    if spec["pairing"] == "paired":
        sources, targets = [a for a, _ in pairs], [b for _, b in pairs]
    else:
        sources = cohort.select(stain=spec["source"], split="train")
        targets = cohort.select(stain=spec["target"], split="train")
    _check_rows(pairs)
    source, target = joined(sources), joined(targets)
    shown = (joined(a for a, _ in pairs), joined(b for _, b in pairs)) if pairs else (source, target)
    rows = np.linspace(0, min(map(len, shown)) - 1, EXAMPLES).round().astype(int)
    patients = sorted({member.patient for member in (*sources, *targets)})
    return Data(source, target, patients, (shown[0][rows], shown[1][rows]))


def _check_rows(pairs: list[tuple[Member, Member]]) -> None:
    for one, other in pairs:
        if one.tiles != other.tiles:
            raise ProductError(
                f"registered slides have {one.tiles} and {other.tiles} tiles",
                where=f"{one.slide}, {other.slide}",
                fix="tile both again; a registered slide takes its partner's grid",
            )
