"""Scores on disk: a record each in the manifest, their arrays in one ``.npz`` beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.core.files import aside
from pipeline.core.manifests.scores import Record
from pipeline.core.measures.pool import Pool

PATIENTS = "patients"
# tasks of scores that are no probe's
TRANSLATE, NORMALIZE, RETRIEVAL, COHORT, SEGMENT = "translate", "normalize", "retrieval", "cohort", "segment"


@dataclass(frozen=True)
class Score:
    """What was measured on the patients of a domain; see :class:`pipeline.core.manifests.scores.Record`.

    Args:
        task: What was asked.
        domain: Whose patients.
        name: Stands before the metrics of the pool; may be empty.
        pool: What is needed to tell the metrics for any resample of the patients.
        patients: In the order of the pool's arrays.
        n: Tiles, or slides, behind it.
        paired: Digest of what was measured.
        seed: Training run of the subject; None where it has no more than one.
    """

    task: str
    domain: str
    name: str
    pool: Pool
    patients: tuple[str, ...]
    n: int
    paired: str
    seed: int | None = None

    def metric(self, name: str) -> str:
        """A metric of the pool as figures name it."""
        return f"{self.name}/{name}" if self.name else name


def save_scores(
    path: Path, scores: Iterable[Score], more: Mapping[str, np.ndarray] | None = None
) -> tuple[Record, ...]:
    """Writes the scores' arrays; the same scores give the same bytes.

    Args:
        path: ``X.npz``.
        scores: No two of one task, domain, name, pool and seed.
        more: Other arrays for the same file.

    Returns:
        What the manifest says of them.
    """
    records, arrays = [], dict(more or {})
    for s in scores:
        kind = type(s.pool).__name__
        record = Record(
            task=s.task,
            domain=s.domain,
            name=s.name,
            pool=kind,
            patients=len(s.patients),
            n=s.n,
            paired=s.paired,
            seed=s.seed,
        )
        fields = {name: getattr(s.pool, name) for name in s.pool.__dataclass_fields__}
        arrays |= {f"{record.key}/{name}": a for name, a in {**fields, PATIENTS: np.array(s.patients)}.items()}
        records.append(record)
    with aside(path) as partial, partial.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return tuple(records)
