"""What several probes measured, each on patients of its own, as one measurement on all of them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.core.digests import digest_bytes
from pipeline.core.measures.pool import Pool
from pipeline.core.measures.records import Score

# the axis of tiles or patients of every field that has one
AXES = {
    "Chances": {"label": 0, "patient": 0, "chances": 1, "probe": 0},
    "Detection": {"counts": 0},
    "Jaccard": {"both": 0, "either": 0},
    "Largest": {"largest": 0},
    "Means": {"sums": 1, "counts": 1},
    "Overlap": {"pixels": 0},
    "Together": {"sums": 1, "counts": 1},
    "Specificity": {"products": 0},
    "Prediction": {"truth": 0, "patient": 0, "predicted": 1, "probe": 0},
}


def merge(scores: Sequence[Score]) -> Score:
    """One score of all patients; the first alone where some were measured more than once, or its pool has no AXES.

    Args:
        scores: Of one task, domain, name and seed, each of another fold.
    """
    first = scores[0]
    patients = [patient for score in scores for patient in score.patients]
    if len(scores) == 1 or len(set(patients)) < len(patients) or type(first.pool).__name__ not in AXES:
        return first
    paired = digest_bytes(*(score.paired.encode() for score in scores))
    pool = _merged([score.pool for score in scores], [len(score.patients) for score in scores])
    return replace(first, pool=pool, patients=tuple(patients), n=sum(score.n for score in scores), paired=paired)


def _merged(pools: list[Pool], patients: list[int]) -> Pool:
    fields = {}
    for name, axis in AXES[type(pools[0]).__name__].items():
        parts = [getattr(pool, name) for pool in pools]
        if name == "patient":
            starts = np.cumsum([0, *patients[:-1]])
            parts = [part + start for part, start in zip(parts, starts, strict=True)]
        if name == "probe":
            parts = [np.full_like(part, fold) for fold, part in enumerate(parts)]
        fields[name] = np.concatenate(parts, axis=axis)
    return replace(pools[0], **fields)
