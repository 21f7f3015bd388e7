"""A normaliser that is judged beside that of the study: all its repeats."""

from collections.abc import Iterator
from dataclasses import replace

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.console import track
from pipeline.core.job import Job
from pipeline.core.manifests.index import read_members
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.manifests.slides import TileManifest
from pipeline.core.manifests.trial import TrialManifest
from pipeline.core.measures.records import Score
from pipeline.evaluate.judged import of_trial
from pipeline.evaluate.normalizer_measures import judge
from pipeline.evaluate.score_file import write_scores
from pipeline.evaluate.trial_probes import load_downstream


def score_normalizer(job: Job) -> ScoresManifest:
    """Compares the sampled tiles with what they were, with the target's and with one another; see docs/methods.md.

    Args:
        job: Its key is the trial; input ``tiled``, the manifests of its repeats as group ``seeds`` and, where the
            study fixes one, those of an arm's encoders as group ``encoders``; code ``stains``, which fits two stains,
            and ``task/K`` of every kind K of task; its spec gives the ``stains`` options, what
            :func:`pipeline.evaluate.probe_scores.probe_scores` asks for and, of a fold, the patients ``tested``;
            output ``scores``.
    """
    tiled, cohort = read_members(job.inputs["tiled"], TileManifest), Cohort.read(job.inputs["tiled"])
    if "tested" in job.spec:
        cohort = cohort.tested_on(job.spec["tested"])
    trials = [TrialManifest.read(path) for path in job.groups["seeds"].values()]
    runs = [of_trial(trial, tiled) for trial in trials]

    def scores() -> Iterator[Score]:
        for trial, slides in zip(track(trials, "Judging repeats"), runs, strict=True):
            found = judge(job, slides, trial.reference, cohort.sites_seen())
            yield from (replace(score, seed=trial.seed) for score in found)
        downstream = load_downstream(job, cohort)
        yield from downstream.scores(runs) if downstream else ()

    return write_scores(job, job.key[0], scores())
