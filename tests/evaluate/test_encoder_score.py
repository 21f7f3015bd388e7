from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json, write_json
from pipeline.core.manifests.scores import TargetCount
from pipeline.evaluate import classification
from pipeline.evaluate.encoder_score import score_encoder
from pipeline.evaluate.penalty import Linear
from tests.evaluate.conftest import make_job

PROBES = ("linear", "knn", "few", "permuted", "linear_colour", "few_colour")
INDEX = "data/normalized/index.json"


def test_predictions_of_every_probe(study):
    manifest = score_encoder(make_job("encoders", "base"))
    assert manifest.targets == {"tissue": TargetCount(classes=("stroma", "tumour"), train=(8, 8), test=(12, 12))}
    assert [(r.seed, r.domain, r.name, r.patients, r.n) for r in manifest.records] == [
        (seed, *domain)
        for seed in (0, 1)
        for domain in (
            *(("in_domain", name, 2, 16) for name in PROBES),
            *(("unseen_site", name, 1, 8) for name in PROBES),
        )
    ]
    with np.load(manifest.scores, allow_pickle=False) as scores:
        few, linear, knn = (f"tissue/in_domain/{probe}/Chances/0" for probe in ("few", "linear", "knn"))
        assert scores[f"{linear}/chances"].shape == scores[f"{knn}/chances"].shape == (1, 16, 2)
        assert scores[f"{few}/chances"].shape == (2, 16, 2)
        assert scores[f"{few}/chances"].dtype == np.float32
        assert scores[f"{few}/patient"].tolist() == [0] * 8 + [1] * 8
        assert scores[f"{few}/patients"].tolist() == ["A3", "A4"]
        assert scores["tissue/unseen_site/few/Chances/0/patients"].tolist() == ["C1"]


def test_the_map_holds_test_tiles_with_their_classes(study):
    with np.load(score_encoder(make_job("encoders", "base")).scores, allow_pickle=False) as scores:
        assert scores["map/embeddings"].shape == (24, 32)
        assert scores["map/slide"][0] == "A3-HE"
        assert scores["map/row"][:3].tolist() == [1, 2, 4]
        assert scores["map/site"].tolist() == ["A"] * 16 + ["C"] * 8
        assert scores["map/target/tissue"][:4].tolist() == ["stroma", "tumour", "stroma", "tumour"]


def test_nearly_certain_predictions_are_not_tied(study, monkeypatch):
    close = np.linspace(0.9999, 0.99999, 24)  # half precision knows three numbers there
    chances = np.stack([close, 1 - close], axis=1)
    monkeypatch.setattr(classification, "linear_probe", lambda *given: Linear(lambda test: chances, edge=False))
    monkeypatch.setattr(classification, "knn_probe", lambda *given: chances)
    with np.load(score_encoder(make_job("encoders", "base")).scores) as scores:
        for probe in ("linear", "knn", "few"):
            drawn = scores[f"tissue/in_domain/{probe}/Chances/0/chances"][0]
            assert [len(np.unique(column)) for column in drawn.T] == [16, 16]


def test_same_bytes_twice(study):
    job = make_job("encoders", "base")
    assert score_encoder(job).digest == score_encoder(job).digest


def test_an_encoder_that_saw_a_test_patient_is_an_error(study):
    path = study / "models/encoders/base/0.json"
    write_json(path, {**read_json(path), "patients": ["A1", "C1"]})
    with pytest.raises(ProductError, match="trained on test patients: C1"):
        score_encoder(make_job("encoders", "base"))


SHARE = {"kind": "stain_share", "stain": "IHC", "channel": 0, "threshold": 80}


def test_a_share_of_positive_pixels_is_predicted_as_a_value(study):
    manifest = score_encoder(make_job("encoders", "base", tasks={"share": SHARE, "tissue": {"kind": "annotation"}}))
    assert [(r.task, r.domain, r.name, r.pool, r.n) for r in manifest.records[:6]] == [
        ("share", "in_domain", name, "Prediction", 12) for name in PROBES
    ]
    assert manifest.targets["share"] == TargetCount(classes=(), train=(12,), test=(12,), threshold=80)
    with np.load(manifest.scores) as scores:
        truth = scores["share/in_domain/few/Prediction/0/truth"]
        assert scores["share/in_domain/few/Prediction/0/predicted"].shape == (2, 12)
        assert np.isnan(scores["map/target/share"]).sum() == 24 + 4 - 12  # A4, C1; of A3 all tiles have a value
        assert 0 < truth.min() < truth.max() < 1


def test_a_second_task_leaves_the_first_as_it_was(study):
    alone = score_encoder(make_job("encoders", "base"))
    job = make_job("encoders", "base", tasks={"share": SHARE, "tissue": {"kind": "annotation"}})
    both = score_encoder(replace(job, outputs={**job.outputs, "scores": Path("both.npz")}))
    with np.load(alone.scores) as one, np.load(both.scores) as two:
        for name in one.files:
            if name.startswith("tissue/"):
                assert np.array_equal(one[name], two[name])


def test_a_seed_scored_with_others_scores_as_it_does_alone(study):
    job = make_job("encoders", "base")
    both = score_encoder(job)
    group = {"seeds": {"1": job.groups["seeds"]["1"]}}
    alone = score_encoder(replace(job, groups=group, outputs={**job.outputs, "scores": Path("alone.npz")}))
    assert [r for r in both.records if r.seed == 1] == list(alone.records)
    with np.load(both.scores) as one, np.load(alone.scores) as other:
        shared = [name for name in other.files if not name.startswith("map/")]
        assert {name for name in shared if name in one.files} == set(shared)
        assert all(np.array_equal(one[name], other[name]) for name in shared)
