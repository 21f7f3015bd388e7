"""Every metric of a subject (arm, translator, normaliser), for all its patients and without each of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import ProductError
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.measures.domains import DOMAINS
from pipeline.core.measures.interval import replicate
from pipeline.core.measures.merge import merge
from pipeline.core.measures.pools import load_scores
from pipeline.core.measures.records import Score

Values = dict[str, np.ndarray]  # metric to float64 (seed, draw, 1 + patient)
Place = tuple[str, str]  # task and domain


@dataclass(frozen=True)
class Measured:
    """What stands behind a metric: the same for every seed of a subject."""

    patients: tuple[str, ...]
    n: int
    paired: str


@dataclass(frozen=True)
class Replicates:
    """A subject in a domain of a task.

    Args:
        subject: Its name.
        task: What was asked.
        domain: Whose patients.
        seeds: Its training runs; empty where there are none, and values of one.
        values: Metric to float64 (seed, draw, 1 + patient); see :func:`pipeline.core.measures.interval.replicate`.
        measured: Metric to what stands behind it.
    """

    subject: str
    task: str
    domain: str
    seeds: tuple[int, ...]
    values: Values
    measured: dict[str, Measured]


def replicate_all(manifests: Iterable[ScoresManifest]) -> list[Replicates]:
    """Replicates of one kind of subjects: by task, then by domain, then by name.

    Raises:
        ProductError: The seeds of a subject were scored on different tiles.
    """
    found: dict[Place, dict[str, dict[int | None, Values]]] = {}
    measured: dict[tuple[Place, str], dict[str, Measured]] = {}
    for (subject, seed), score in _merged(manifests):
        place, own = (score.task, score.domain), Measured(score.patients, score.n, score.paired)
        metrics = {score.metric(name): v for name, v in replicate(score.pool, len(score.patients)).items()}
        found.setdefault(place, {}).setdefault(subject, {}).setdefault(seed, {}).update(metrics)
        known = measured.setdefault((place, subject), {})
        _agree(subject, score, {known.setdefault(metric, own) for metric in metrics} | {own})
    tasks = list(dict.fromkeys(task for task, _ in found))
    places = sorted(found, key=lambda place: (tasks.index(place[0]), DOMAINS.index(place[1])))
    return [
        Replicates(
            subject,
            *place,
            tuple(seed for seed in seeds if seed is not None),
            _stacked(list(seeds.values())),
            measured[place, subject],
        )
        for place in places
        for subject, seeds in found[place].items()
    ]


def _merged(manifests: Iterable[ScoresManifest]) -> Iterator[tuple[tuple[str, int | None], Score]]:
    """Subject, seed, and every score of theirs, those of all folds as one."""
    found: dict[tuple[str, int | None], dict[tuple[str, ...], list[Score]]] = {}
    for manifest in sorted(manifests, key=lambda m: (m.subject, m.fold)):
        for score in sorted(load_scores(manifest), key=lambda s: s.seed or 0):
            scores = found.setdefault((manifest.subject, score.seed), {})
            key = score.task, score.domain, score.name, type(score.pool).__name__
            scores.setdefault(key, []).append(score)
    for subject, scores in found.items():
        yield from ((subject, merge(folds)) for folds in scores.values())


def _stacked(seeds: list[Values]) -> Values:
    return {metric: np.stack([values[metric] for values in seeds]) for metric in seeds[0]}


def _agree(subject: str, score: Score, seen: set[Measured]) -> None:
    if len(seen) > 1:
        raise ProductError(
            f"the seeds of {subject} were scored on different tiles of {score.task}",
            where="results/scores",
            fix="evaluate them again",
        )
