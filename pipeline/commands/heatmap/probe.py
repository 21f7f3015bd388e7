"""What the linear probe of a task says of the tiles of any slide."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.core.networks.encoder import Encoder
from pipeline.engine.plan import Plan
from pipeline.evaluate.features import measure
from pipeline.evaluate.probe_tiles import ProbeTiles
from pipeline.evaluate.probes import probes_of
from pipeline.study.evaluate import COLOUR


@dataclass(frozen=True)
class Probe:
    """A linear probe, as ``evaluate`` fits it on all labelled training tiles.

    Args:
        task: Its name in the study.
        names: Of the classes; none where targets are values.
        train: float32 (tile, features).
        targets: Of the training tiles.
        patients: str (tile,), of the training tiles.
    """

    task: str
    names: tuple[str, ...]
    train: np.ndarray
    targets: np.ndarray
    patients: np.ndarray

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Probabilities of the classes, float64 (tile, class), or values (tile, 1), of float32 (tile, features)."""
        fitted = probes_of(self.names).linear(self.train, self.targets, self.patients, features)
        return fitted.predicted.reshape(len(features), -1)


def task_job(plan: Plan, task: str, place: Path) -> Job:
    """The job of the study that knows the tiles of a task, of the fold that an encoder belongs to.

    Raises:
        StudyError: There is no such task.
    """
    known = plan.study.evaluate.tasks
    if task not in known or not plan.study.pretrain.arms:
        fix = f"one of: {', '.join(known) or 'none; add tasks and arms'}"
        raise StudyError(f"the study has no task {task!r}", where="--task", fix=fix)
    jobs = plan.of_folds(COLOUR.name)
    job = next((job for job in jobs if job.fold in place.parts), jobs[0])
    return replace(job, spec={**job.spec, "tasks": {task: job.spec["tasks"][task]}})


def fit_probe(task: str, tiles: ProbeTiles, cohort: Cohort, encoder: Encoder, batch: int) -> Probe:
    """Embeds the training tiles of a task.

    Args:
        task: Its name.
        tiles: With its targets.
        cohort: Whose tiles they are.
        encoder: In use.
        batch: Tiles embedded at once.
    """
    rows, _ = tiles.split(task)
    train = replace(tiles, slide=tiles.slide[rows], row=tiles.row[rows])
    (features,) = measure(cohort, train, batch, partial(encoder.embed, batch=batch))
    return Probe(task, tiles.names[task], features, tiles.targets[task][rows], tiles.patient[rows])
