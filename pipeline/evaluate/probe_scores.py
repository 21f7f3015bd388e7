"""What probes predict of the test tiles, as scores: the same for whatever made the features."""

from collections.abc import Iterator

import numpy as np

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.digests import digest_bytes
from pipeline.core.files import Json
from pipeline.core.job import Job
from pipeline.core.measures.domains import IN_DOMAIN, TESTED
from pipeline.core.measures.records import Score
from pipeline.evaluate.probe_tiles import ProbeTiles, read_tiles
from pipeline.evaluate.probes import Asked, Predictions, predict, probes_of


def tiles_of(job: Job, cohort: Cohort) -> ProbeTiles:
    """The tiles that the tasks of a job's spec ask about; its code ``task/K`` is that of kind K."""
    sections = sorted(job.spec["tasks"].items())
    return read_tiles(cohort, {name: job.load(f"task/{section['kind']}")(section) for name, section in sections})


def probe_scores(
    tiles: ProbeTiles, features: np.ndarray, spec: Json, colours: np.ndarray | None = None
) -> Iterator[Score]:
    """Task by task, one score per domain and probe.

    Args:
        tiles: With targets.
        features: float32 (tile, features).
        spec: See :func:`pipeline.evaluate.probes.predict`.
        colours: float32 (tile, numbers); None where the features are colours themselves.
    """
    for task in tiles.targets:
        asked, beside = _asked(task, tiles, features), None if colours is None else _asked(task, tiles, colours)
        yield from _scores(task, tiles, predict(probes_of(tiles.names[task]), asked, spec, beside))


def _asked(task: str, tiles: ProbeTiles, numbers: np.ndarray) -> Asked:
    train, test = tiles.split(task)
    return Asked(task, numbers[train], tiles.targets[task][train], tiles.patient[train], numbers[test])


def _scores(task: str, tiles: ProbeTiles, predicted: Predictions) -> Iterator[Score]:
    _, test = tiles.split(task)
    probes = probes_of(tiles.names[task])
    for domain in TESTED:
        here = tiles.seen[test] == (domain == IN_DOMAIN)
        rows = test[here]
        if not len(rows):
            continue
        patients, patient = np.unique(tiles.patient[rows], return_inverse=True)
        truth = tiles.targets[task][rows]
        paired = digest_bytes(*(column.tobytes() for column in (tiles.slide[rows], tiles.row[rows], truth)))
        for name, values in predicted.items():
            pool = probes.pool(truth, patient.astype(np.int32), values[:, here])
            yield Score(task, domain, name, pool, tuple(patients.tolist()), len(rows), paired)
