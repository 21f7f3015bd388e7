"""The scores of one subject as a product: their arrays, and what the manifest says of them."""

from collections.abc import Iterable, Mapping

import numpy as np

from pipeline.core.digests import digest_file
from pipeline.core.job import Job
from pipeline.core.manifests.scores import ScoresManifest, TargetCount
from pipeline.core.measures.records import Score, save_scores


def write_scores(
    job: Job,
    subject: str,
    scores: Iterable[Score],
    *,
    targets: Mapping[str, TargetCount] | None = None,
    more: Mapping[str, np.ndarray] | None = None,
) -> ScoresManifest:
    """Writes output ``scores`` of a job.

    Args:
        job: Of any subject.
        subject: Arm, translator or normaliser.
        scores: See :func:`pipeline.core.measures.records.save_scores`, as for ``more``.
        targets: What the tasks of probes have to learn from.
        more: Other arrays for the same file.
    """
    path = job.outputs["scores"]
    records = save_scores(path, scores, more)
    return ScoresManifest(
        payload=(path,),
        subject=subject,
        fold=job.fold,
        records=records,
        scores=path,
        digest=digest_file(path),
        targets=dict(targets or {}),
    )
