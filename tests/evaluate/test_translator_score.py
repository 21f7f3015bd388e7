import shutil
from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import ProductError
from pipeline.core.manifests.translators import GateManifest, PooledQuality, TranslatorManifest, ViewManifest
from pipeline.core.measures.interval import replicate
from pipeline.core.measures.pools import load_scores
from pipeline.core.measures.similarity import agreement
from pipeline.core.store.store import TileStore, write_store
from pipeline.evaluate.translator_score import score_translator
from tests.evaluate.conftest import make_job, write_manifest


def prepare(study, patients=("A1",)):
    """Synthetic views of A1 and A3: A1's equal the real ones, A3's are their negatives."""
    members = {}
    for slide in ("A1", "A3"):
        store = Path(f"data/privileged/toy/0/{slide}-HE.zarr")
        real = study / f"data/normalized/{slide}-IHC.zarr"
        if slide == "A1":
            shutil.copytree(real, store)
        else:
            images = TileStore(real).images()
            write_store(store, [255 - images], {"xy": np.zeros((len(images), 2), np.int64)}, {}, size=16)
        facts = {
            "patient": slide,
            "site": "A",
            "stain": "HE",
            "split": "train",
            "translator": "toy",
            "repeat": 0,
            "seed": 0,
        }
        members[f"{slide}-HE"] = ViewManifest(slide=f"{slide}-HE", store=store, tiles=12, **facts)
    stains = {"translator": "toy", "repeat": 0, "source": "HE", "target": "IHC"}
    gate = GateManifest(members=members, patients=(), quality=PooledQuality(slides=2, tiles=24), gates={}, **stains)
    write_manifest("data/privileged/toy/0/index.json", gate)
    trained = TranslatorManifest(
        method="cyclegan", pairing="paired", steps=1, patients=patients, tiles=12, weights={}, configs={}, samples=(),
        history=Path("models/translators/toy/0/history.csv"), folder=Path("models/translators/toy/0"), **stains,
    )  # fmt: skip
    write_manifest("models/translators/toy/0.json", trained)


def values(manifest):
    """Domain to metric to what was measured."""
    return {
        score.domain: {name: value[0, 0] for name, value in replicate(score.pool, 1).items()}
        for score in load_scores(manifest)
    }


def test_by_domain(study):
    prepare(study)
    manifest = score_translator(make_job("translators", "toy", "0"))
    assert (manifest.subject, manifest.records[0].seed) == ("toy", 0)
    assert [(r.task, r.domain, r.patients, r.n) for r in manifest.records] == [
        ("translate", "train", 1, 12),
        ("translate", "in_domain", 1, 12),
    ]
    found = values(manifest)
    assert (found["train"]["l1"], found["train"]["ssim"]) == (0, 1)
    real = TileStore(study / "data/normalized/A3-IHC.zarr").images()
    assert found["in_domain"]["agreement"] == pytest.approx(-agreement(real, real), abs=1e-5)
    assert list(found["train"]) == ["agreement", "l1", "ssim"]


def test_masks_have_a_dice(study):
    prepare(study)
    found = values(score_translator(make_job("translators", "toy", "0", kind="mask")))
    assert found["train"]["dice"] == 1


def test_a_slide_without_a_view_is_left_out(study):
    prepare(study)
    path = Path("data/privileged/toy/0/index.json")
    gate = GateManifest.read(path)
    lost = gate.members["A3-HE"].model_copy(update={"status": "quarantined", "store": None})
    write_manifest(path, gate.model_copy(update={"members": {**gate.members, "A3-HE": lost}}))
    assert list(values(score_translator(make_job("translators", "toy", "0")))) == ["train"]


def test_a_translator_that_saw_a_test_patient_is_an_error(study):
    prepare(study, patients=("A1", "A3"))
    with pytest.raises(ProductError, match="trained on test patients: A3"):
        score_translator(make_job("translators", "toy", "0"))
