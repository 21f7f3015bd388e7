"""Every metric of a subject (arm, translator, normaliser), for the cohort and for all resamples of its patients."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipeline.core.errors import ProductError
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.measures.bootstrap import replicate, resample
from pipeline.core.measures.domains import DOMAINS
from pipeline.core.measures.pools import load_scores
from pipeline.core.measures.records import Score
from pipeline.core.seeds import derive

Resamples = dict[str, np.ndarray]
Place = tuple[str, str]  # task and domain


@dataclass(frozen=True)
class Measured:
    """What stands behind a metric: the same for every seed of a subject."""

    patients: tuple[str, ...]
    n: int
    paired: str


@dataclass(frozen=True)
class Replicates:
    """A subject in a domain of a task; resamples (resample,) are those of patients and seeds, row 0 as measured.

    Args:
        subject: Its name.
        task: What was asked.
        domain: Whose patients.
        seeds: Seed to metric to resamples; empty where the subject has no seeds.
        pooled: Metric to resamples of the mean over seeds.
        measured: Metric to what stands behind it.
    """

    subject: str
    task: str
    domain: str
    seeds: dict[int, Resamples]
    pooled: Resamples
    measured: dict[str, Measured]

    def deviation(self, metric: str) -> float | None:
        """Standard deviation over seeds; None for one seed or an undefined metric."""
        values = np.array([found[metric][0] for found in self.seeds.values()])
        return float(values.std(ddof=1)) if len(values) > 1 and not np.isnan(values).any() else None


class Bootstrap:
    """Resamples of patients and of seeds: all subjects that were measured on the same patients see the same ones.

    Args:
        seed: The study's.
        count: How many resamples.
    """

    def __init__(self, seed: int, count: int) -> None:
        self._seed, self._count = seed, count
        self._drawn: dict[tuple[str, Place, int], np.ndarray] = {}

    def patients(self, place: Place, count: int) -> np.ndarray:
        """How often each patient is taken: float64 (1 + resample, patient), the first row all ones."""
        return self._draw("bootstrap", place, count)

    def pooled(self, place: Place, seeds: list[Resamples]) -> Resamples:
        """The mean over seeds: a training run is as random as a patient, so it is resampled too."""
        weights = (self._draw("repeats", place, len(seeds)) / len(seeds)).T
        return {
            metric: np.sum([w * found[metric] for w, found in zip(weights, seeds, strict=True)], axis=0)
            for metric in seeds[0]
        }

    def _draw(self, purpose: str, place: Place, units: int) -> np.ndarray:
        key = purpose, place, units
        if key not in self._drawn:
            self._drawn[key] = resample(units, self._count, derive(self._seed, purpose, *place))
        return self._drawn[key]


def replicate_all(manifests: Iterable[ScoresManifest], bootstrap: Bootstrap) -> list[Replicates]:
    """Replicates of one kind of subjects: by task, then by domain, then by name.

    Raises:
        ProductError: The seeds of a subject were scored on different tiles.
    """
    found: dict[Place, dict[str, dict[int | None, Resamples]]] = {}
    measured: dict[tuple[Place, str], dict[str, Measured]] = {}
    for manifest in sorted(manifests, key=lambda m: (m.subject, m.seed or 0)):
        for score in load_scores(manifest):
            place, own = (score.task, score.domain), Measured(score.patients, score.n, score.paired)
            values = replicate(score.pool, bootstrap.patients(place, len(score.patients)))
            seeds = found.setdefault(place, {}).setdefault(manifest.subject, {})
            metrics = {score.metric(name): resamples for name, resamples in values.items()}
            seeds.setdefault(manifest.seed, {}).update(metrics)
            known = measured.setdefault((place, manifest.subject), {})
            _agree(manifest, score, {known.setdefault(metric, own) for metric in metrics} | {own})
    tasks = list(dict.fromkeys(task for task, _ in found))
    places = sorted(found, key=lambda place: (tasks.index(place[0]), DOMAINS.index(place[1])))
    return [
        Replicates(
            subject,
            *place,
            {seed: metrics for seed, metrics in seeds.items() if seed is not None},
            bootstrap.pooled(place, list(seeds.values())),
            measured[place, subject],
        )
        for place in places
        for subject, seeds in found[place].items()
    ]


def _agree(manifest: ScoresManifest, score: Score, seen: set[Measured]) -> None:
    if len(seen) > 1:
        raise ProductError(
            f"the seeds of {manifest.subject} were scored on different tiles of {score.task}",
            where=str(manifest.scores),
            fix="evaluate them again",
        )
