"""Means over test tiles, as scores."""

from collections.abc import Iterator

import numpy as np

from pipeline.core.measures.domains import IN_DOMAIN, TESTED
from pipeline.core.measures.means import Means
from pipeline.core.measures.records import Score
from pipeline.evaluate.probe_tiles import ProbeTiles


def mean_score(
    place: tuple[str, str, str],
    metrics: list[str],
    measured: np.ndarray,
    patient: np.ndarray,
    paired: str,
    pool: type[Means] = Means,
) -> Score:
    """The means of what was measured of tiles.

    Args:
        place: Task, domain and name of the score.
        metrics: Their names.
        measured: float (tile, metric); NaN = not measured.
        patient: str (tile,).
        paired: Digest of what was measured.
        pool: How it is resampled.
    """
    patients, number = np.unique(patient, return_inverse=True)
    return Score(*place, pool.of(metrics, measured, number), tuple(patients.tolist()), len(patient), paired)


def by_domain(tiles: ProbeTiles, rows: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Those of some test tiles, at positions ``rows``, that lie in each domain; domains without any are left out."""
    for domain in TESTED:
        own = rows[tiles.seen[rows] == (domain == IN_DOMAIN)]
        if len(own):
            yield domain, own
