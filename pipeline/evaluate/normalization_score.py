"""The normaliser of the study, by the same yardstick as those that are tried beside it."""

from itertools import chain

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.job import Job
from pipeline.core.manifests.index import read_members
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.manifests.slides import NormalizedManifest, TileManifest
from pipeline.evaluate.judged import of_study
from pipeline.evaluate.normalizer_measures import judge
from pipeline.evaluate.score_file import write_scores
from pipeline.evaluate.trial_probes import load_downstream


def score_normalization(job: Job) -> ScoresManifest:
    """Compares the normalised slides with what they were, with the reference's site and with one another.

    As :func:`pipeline.evaluate.normalizer_score.score_normalizer`, on the same rows. No scores where no slide was
    normalised.

    Args:
        job: Inputs ``normalized`` and ``tiled``, the indexes; its spec names the ``method``, its ``reference`` and
            the ``per_slide`` tiles of a slide that are looked at; all else as of a trial; output ``scores``.
    """
    tiled, cohort = read_members(job.inputs["tiled"], TileManifest), Cohort.read(job.inputs["normalized"])
    members = read_members(job.inputs["normalized"], NormalizedManifest).values()
    slides = of_study(members, tiled, job.spec["per_slide"], job.spec["reference"])
    references = {slide.reference for slide in members if slide.normalized and slide.reference}
    reference = references.pop() if references else job.spec["reference"]
    downstream = load_downstream(job, cohort) if slides else None
    scores = judge(job, slides, reference, cohort.sites_seen())
    return write_scores(job, job.spec["method"], chain(scores, downstream.scores([slides]) if downstream else ()))
