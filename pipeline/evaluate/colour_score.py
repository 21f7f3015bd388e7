"""The floor without a network: what the same probes predict from six numbers of a tile's colour."""

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.job import Job
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.evaluate.features import colour_numbers, measure
from pipeline.evaluate.probe_scores import probe_scores, tiles_of
from pipeline.evaluate.score_file import write_scores

SUBJECT = "colour"


def score_colour(job: Job) -> ScoresManifest:
    """Writes the predictions of every probe from mean and deviation of the channels, as encoders see the tiles.

    Args:
        job: Input ``cohort``, code ``task/K`` of every kind K of task, output ``scores``.
    """
    cohort = Cohort.read(job.inputs["cohort"])
    tiles = tiles_of(job, cohort)
    (colours,) = measure(cohort, tiles, job.spec["batch"], colour_numbers)
    return write_scores(job, SUBJECT, probe_scores(tiles, colours, job.spec), targets=tiles.counts())
