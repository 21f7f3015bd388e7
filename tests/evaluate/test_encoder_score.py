import numpy as np
import pytest

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json, write_json
from pipeline.evaluate import encoder_score
from pipeline.evaluate.encoder_score import score_encoder


def test_predictions_of_every_probe(study, make_job):
    job = make_job("evaluate_encoder", "base", "0")
    manifest = score_encoder(job)
    assert manifest["tasks"]["tissue"] == {"classes": ["stroma", "tumour"], "train": [8, 8], "test": [12, 12]}
    assert manifest["patients"] == ["A3", "A4", "C1"]
    with np.load(manifest["scores"], allow_pickle=False) as scores:
        assert scores["tissue/linear"].shape == scores["tissue/knn"].shape == (24, 2)
        assert scores["tissue/few"].shape == (2, 24, 2)
        assert scores["tissue/patient"].tolist() == [0] * 8 + [1] * 8 + [2] * 8
        assert scores["tissue/seen"].sum() == 16
        assert scores["embeddings"].shape == (24, 32)
        assert scores["slide"][0] == "A3-HE"
        assert scores["row"][:3].tolist() == [1, 2, 4]


def test_nearly_certain_predictions_are_not_tied(study, make_job, monkeypatch):
    close = np.linspace(0.9999, 0.99999, 24)  # half precision knows three numbers there
    chances = np.stack([close, 1 - close], axis=1)
    for probe in ("linear_probe", "knn_probe"):
        monkeypatch.setattr(encoder_score, probe, lambda *given: chances)
    with np.load(score_encoder(make_job("evaluate_encoder", "base", "0"))["scores"]) as scores:
        for probe in ("linear", "knn", "few"):
            assert [len(np.unique(column)) for column in scores[f"tissue/{probe}"].reshape(-1, 24, 2)[0].T] == [24, 24]


def test_same_bytes_twice(study, make_job):
    job = make_job("evaluate_encoder", "base", "0")
    assert score_encoder(job)["digest"] == score_encoder(job)["digest"]


def test_an_encoder_that_saw_a_test_patient_is_an_error(study, make_job):
    path = study / "models/encoders/base/0.json"
    write_json(path, {**read_json(path), "patients": ["A1", "C1"]})
    with pytest.raises(ProductError, match="trained on test patients: C1"):
        score_encoder(make_job("evaluate_encoder", "base", "0"))
