from pathlib import Path

import numpy as np
import pytest

from pipeline.core.digests import digest_file
from pipeline.core.manifests.scores import ScoresManifest
from pipeline.core.measures.chances import Chances
from pipeline.core.measures.detection import Detection
from pipeline.core.measures.dispersion import Dispersion
from pipeline.core.measures.distance import Distance, Gaps
from pipeline.core.measures.diversity import Diversity
from pipeline.core.measures.frechet import Features, Frechet
from pipeline.core.measures.inception_score import InceptionScore
from pipeline.core.measures.interval import replicate
from pipeline.core.measures.jaccard import Jaccard
from pipeline.core.measures.kernel import Kernel
from pipeline.core.measures.means import Largest, Means, Together
from pipeline.core.measures.overlap import Overlap
from pipeline.core.measures.pools import POOLS, load_scores
from pipeline.core.measures.prediction import Prediction
from pipeline.core.measures.records import Score, save_scores
from pipeline.core.measures.specificity import Specificity

RNG = np.random.default_rng(0)
KINDS = {
    "Chances": Chances(
        np.arange(8, dtype=np.int16) % 2,
        np.arange(8) % 3,
        RNG.random((2, 8, 2)).astype(np.float32),
        np.zeros(3, np.int16),
    ),
    "Detection": Detection(np.array(["a"]), RNG.random((3, 2, 4))),
    "Dispersion": Dispersion(RNG.random((5, 3)), np.arange(5) % 3),
    "Distance": Distance(
        np.array(["was", "is"]), RNG.random((2, 4, 3)), np.arange(4) % 3, RNG.random((2, 3)), np.arange(2)
    ),
    "Diversity": Diversity.of("net", RNG.random((3, 4)), np.full(3, 9.0), np.full(3, 2.0)),
    "Frechet": Frechet.of("net", *(Features(np.arange(9) % 3, RNG.random((9, 2))) for _ in range(2))),
    "Gaps": Gaps(np.array(["x", "y"]), RNG.random((4, 3)), np.arange(4) % 2, np.arange(4) % 3),
    "InceptionScore": InceptionScore.of("net", np.full((6, 2), 0.5), np.arange(6) % 3, 3),
    "Jaccard": Jaccard(*RNG.random((2, 3))),
    "Kernel": Kernel.of("net", RNG.random((9, 2)), np.arange(9) % 3, RNG.random((6, 2)), np.arange(6) % 3, 3),
    "Largest": Largest(RNG.random(3)),
    "Means": Means.of(["ssim", "l1"], RNG.random((4, 2)), np.array([0, 1, 2, 2])),
    "Overlap": Overlap(np.array(["a"]), RNG.integers(0, 9, (3, 2, 2)).astype(float)),
    "Specificity": Specificity.of(["DAB"], *(RNG.random((9, count)) for count in (2, 2, 1)), np.arange(9) % 3, 3),
    "Together": Together.of(["R@1"], RNG.random((4, 1)), np.array([0, 1, 2, 2])),
    "Prediction": Prediction(RNG.random(8), np.arange(8) % 3, RNG.random((2, 8)).astype(np.float32), np.zeros(3, int)),
}


def test_every_pool_is_tried_here():
    assert set(KINDS) == set(POOLS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_score_read_back_gives_the_same_figures(kind, tmp_path):
    score = Score("task", "train", "few", KINDS[kind], ("a", "b", "c"), 8, "digest")
    records = save_scores(tmp_path / "x.npz", [score])
    manifest = ScoresManifest(subject="arm", records=records, scores=tmp_path / "x.npz", digest="")
    (found,) = load_scores(manifest)
    assert (found.task, found.domain, found.name, found.patients) == ("task", "train", "few", ("a", "b", "c"))
    assert (found.n, found.paired) == (8, "digest")
    own = replicate(score.pool, 3)
    assert own
    for metric, values in replicate(found.pool, 3).items():
        assert np.array_equal(values, own[metric], equal_nan=True)


def test_the_same_scores_give_the_same_bytes(tmp_path):
    score = Score("task", "train", "", KINDS["Means"], ("a", "b", "c"), 4, "digest")
    for name in ("one", "two"):
        save_scores(tmp_path / f"{name}.npz", [score], {"map/row": np.arange(3)})
    assert digest_file(tmp_path / "one.npz") == digest_file(tmp_path / "two.npz")
    assert [path.name for path in sorted(Path(tmp_path).iterdir())] == ["one.npz", "two.npz"]


def test_a_nameless_score_gives_the_names_of_its_pool():
    score = Score("task", "train", "", KINDS["Means"], ("a", "b", "c"), 4, "digest")
    assert score.metric("ssim") == "ssim"
    assert Score("task", "train", "few", KINDS["Means"], ("a",), 4, "digest").metric("auroc") == "few/auroc"
