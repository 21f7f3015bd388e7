from dataclasses import replace

import numpy as np

from pipeline.core.digests import digest_file
from pipeline.core.manifests.scores import TargetCount
from pipeline.core.measures.means import Means
from pipeline.core.measures.pools import load_scores
from pipeline.core.measures.records import Score
from pipeline.evaluate.score_file import write_scores
from tests.evaluate.conftest import make_job


def test_the_manifest_says_whose_scores_lie_where_the_job_wants_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    job = replace(make_job("colour"), fold="fold-1")
    score = Score("tissue", "all", "", Means.of(["ssim"], np.array([[0.5]]), np.array([0])), ("p",), 1, "x")
    counts = {"tissue": TargetCount(classes=("a", "b"), train=(1, 2), test=(3, 4))}
    made = write_scores(job, "own", iter([score]), targets=counts, more={"map/row": np.arange(3)})
    assert (made.subject, made.fold, made.targets) == ("own", "fold-1", counts)
    assert made.scores == job.outputs["scores"]
    assert made.payload == (made.scores,)
    assert made.digest == digest_file(made.scores)
    (found,) = load_scores(made)
    assert (found.task, found.patients, found.pool.sums.tolist()) == ("tissue", ("p",), [[0.5]])
    assert np.load(made.scores)["map/row"].tolist() == [0, 1, 2]
