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

STRATIFIED = ("linear", "few")


def tiles_of(job: Job, cohort: Cohort) -> ProbeTiles:
    """The tiles that the tasks of a job's spec ask about; its code ``task/K`` is that of kind K."""
    sections = sorted(job.spec["tasks"].items())
    return read_tiles(cohort, {name: job.load(f"task/{section['kind']}")(section) for name, section in sections})


def probe_scores(
    tiles: ProbeTiles, features: np.ndarray, spec: Json, colours: np.ndarray | None = None
) -> Iterator[Score]:
    """Task by task, one score per domain and probe.

    Those of STRATIFIED are scored again on the test tiles of which at least a share is tissue: ``few@0.5``.

    Args:
        tiles: With targets.
        features: float32 (tile, features).
        spec: See :func:`pipeline.evaluate.probes.predict`; and ``strata``, these shares.
        colours: float32 (tile, numbers); None where the features are colours themselves.
    """
    for task in tiles.targets:
        asked, beside = _asked(task, tiles, features), None if colours is None else _asked(task, tiles, colours)
        predicted = predict(probes_of(tiles.names[task]), asked, spec, beside)
        yield from task_scores(task, tiles, predicted, spec["strata"])


def _asked(task: str, tiles: ProbeTiles, numbers: np.ndarray) -> Asked:
    train, test = tiles.split(task)
    return Asked(task, numbers[train], tiles.targets[task][train], tiles.patient[train], numbers[test])


def task_scores(task: str, tiles: ProbeTiles, predicted: Predictions, strata: list[float]) -> Iterator[Score]:
    """One score per domain and probe of a task; see :func:`probe_scores`."""
    _, test = tiles.split(task)
    for domain in TESTED:
        here = tiles.seen[test] == (domain == IN_DOMAIN)
        parts = [(name, name, here) for name in predicted]
        for share in strata:
            held = here & (tiles.tissue[test] >= share)
            parts += [(f"{name}@{share:g}", name, held) for name in STRATIFIED if name in predicted]
        for name, probe, held in parts:
            if held.any():
                yield _score(task, domain, name, tiles, test[held], predicted[probe][:, held])


def _score(task: str, domain: str, name: str, tiles: ProbeTiles, rows: np.ndarray, predicted: np.ndarray) -> Score:
    """That of the test tiles at ``rows``, of which ``predicted`` is float32 (draw, row, ...)."""
    patients, patient = np.unique(tiles.patient[rows], return_inverse=True)
    truth = tiles.targets[task][rows]
    paired = digest_bytes(*(column.tobytes() for column in (tiles.slide[rows], tiles.row[rows], truth)))
    pool = probes_of(tiles.names[task]).pool(truth, patient.astype(np.int32), predicted)
    return Score(task, domain, name, pool, tuple(patients.tolist()), len(rows), paired)
