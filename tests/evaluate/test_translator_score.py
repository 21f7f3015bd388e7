import shutil

import numpy as np
import pytest

from pipeline.core.errors import ProductError
from pipeline.core.files import write_json
from pipeline.core.measures.similarity import agreement
from pipeline.core.store.store import TileStore, write_store
from pipeline.evaluate.translator_score import score_translator

READ = ("data/normalized/index.json", "models/translators/toy.json", "data/privileged/toy/index.json")


def prepare(study, target="IHC", patients=("A1",)):
    """Synthetic views of A1 and A3: A1's equal the real ones, A3's are their negatives."""
    members = {}
    for slide in ("A1", "A3"):
        store = study / f"data/privileged/toy/{slide}-HE.zarr"
        real = study / f"data/normalized/{slide}-IHC.zarr"
        if slide == "A1":
            shutil.copytree(real, store)
        else:
            images = TileStore(real).images()
            write_store(store, [255 - images], {"xy": np.zeros((len(images), 2), np.int64)}, {}, size=16)
        members[f"{slide}-HE"] = {"status": "complete", "store": str(store)}
    write_json(study / READ[2], {"members": members})
    write_json(study / READ[1], {"source": "HE", "target": target, "patients": list(patients)})


def test_by_domain(study, make_job):
    prepare(study)
    found = score_translator(make_job("evaluate_translator", "toy", read=READ))["domains"]
    assert sorted(found) == ["in_domain", "train"]
    assert (found["train"]["l1"], found["train"]["ssim"], found["train"]["tiles"]) == (0, 1, 12)
    real = TileStore(study / "data/normalized/A3-IHC.zarr").images()
    assert found["in_domain"]["agreement"] == pytest.approx(-agreement(real, real), abs=1e-5)
    assert "dice" not in found["train"]


def test_masks_have_a_dice(study, make_job):
    prepare(study)
    index = study / "data/normalized/index.json"
    index.write_text(index.read_text().replace('"IHC"', '"nuclei"'))
    write_json(study / READ[1], {"source": "HE", "target": "nuclei", "patients": []})
    found = score_translator(make_job("evaluate_translator", "toy", read=READ))["domains"]
    assert found["train"]["dice"] == 1


def test_a_translator_that_saw_a_test_patient_is_an_error(study, make_job):
    prepare(study, patients=("A1", "A3"))
    with pytest.raises(ProductError, match="trained on test patients: A3"):
        score_translator(make_job("evaluate_translator", "toy", read=READ))
