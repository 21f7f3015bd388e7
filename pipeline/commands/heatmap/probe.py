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
from pipeline.evaluate.penalty import Linear
from pipeline.evaluate.probe_tiles import ProbeTiles
from pipeline.evaluate.probes import probes_of
from pipeline.study.evaluate import COLOUR


@dataclass(frozen=True)
class Labelled:
    """What a task is, and the linear probe that ``evaluate`` fits for it.

    Args:
        task: Its name in the study.
        names: Of the classes; none where targets are values.
        probe: Fitted on all labelled training tiles.
    """

    task: str
    names: tuple[str, ...]
    probe: Linear

    def predict(self, features: np.ndarray) -> np.ndarray:
        """What the probe says of features, float32 (tile, features): chances, float64 (tile, class), or (tile, 1)."""
        return self.probe.predict(features).reshape(len(features), -1)


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


def fit_labelled(task: str, tiles: ProbeTiles, cohort: Cohort, encoder: Encoder, batch: int) -> Labelled:
    """Embeds the training tiles of a task, and fits its probe.

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
    probes = probes_of(tiles.names[task])
    return Labelled(task, tiles.names[task], probes.linear(features, tiles.targets[task][rows], tiles.patient[rows]))
