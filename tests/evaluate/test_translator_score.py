import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json
from pipeline.core.manifests.index import IndexManifest
from pipeline.core.manifests.slides import NormalizedManifest
from pipeline.core.manifests.translators import GateManifest, PooledQuality, TranslatorManifest, ViewManifest
from pipeline.core.measures.interval import replicate
from pipeline.core.measures.pools import load_scores
from pipeline.core.measures.similarity import agreement
from pipeline.core.networks.encoder import save_encoder
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.store.array import TileArray
from pipeline.core.store.store import TileStore, write_store
from pipeline.evaluate.extractor import EXTRACTOR
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


def label_nuclei(study):
    """Two nuclei in every tile of A1, in a slide that is registered to it."""
    instance = np.zeros((12, 16, 16), np.uint16)
    instance[:, 1:6, 1:6], instance[:, 8:14, 8:14] = 1, 7
    block = {"image": np.zeros((12, 16, 16, 3), np.uint8), "instance": instance}
    store = study / "data/normalized/A1-nuclei.zarr"
    arrays = {"image": TileArray(), "instance": TileArray("uint16", None)}
    write_store(store, [block], {"xy": np.zeros((12, 2), np.int64)}, {}, size=16, arrays=arrays)
    facts = {"patient": "A1", "site": "A", "stain": "nuclei", "split": "train", "paired_with": "A1-HE"}
    index = Path("data/normalized/index.json")
    members = read_json(index)["members"]
    members["A1-nuclei"] = NormalizedManifest(slide="A1-nuclei", tiles=12, store=store, **facts).model_dump(mode="json")
    write_manifest(index, IndexManifest(members=members))


def values(manifest):
    """Domain to metric to what was measured."""
    found = {}
    for score in load_scores(manifest):
        own = replicate(score.pool, len(score.patients))
        found.setdefault(score.domain, {}).update({score.metric(name): value[0, 0] for name, value in own.items()})
    return found


def test_by_domain(study):
    prepare(study)
    manifest = score_translator(make_job("translators", "toy", "0"))
    assert (manifest.subject, manifest.records[0].seed) == ("toy", 0)
    assert [(r.task, r.domain, r.patients, r.n) for r in manifest.records if not r.name] == [
        ("translate", "train", 1, 12),
        ("translate", "in_domain", 1, 12),
    ]
    found = values(manifest)
    assert (found["train"]["l1"], found["train"]["ssim"]) == (0, 1)
    real = TileStore(study / "data/normalized/A3-IHC.zarr").images()
    assert found["in_domain"]["agreement"] == pytest.approx(-agreement(real, real), abs=1e-5)
    assert list(found["train"])[:3] == ["agreement", "l1", "ssim"]


def test_masks_have_a_dice(study):
    prepare(study)
    found = values(score_translator(make_job("translators", "toy", "0", kinds={"source": "light", "target": "mask"})))
    assert found["train"] == {"agreement": found["train"]["agreement"], "l1": 0, "ssim": 1, "dice": 1}


def test_views_are_compared_with_real_slides_as_sets(study):
    """Of A1 they are the same tiles, of A3 their negatives."""
    prepare(study)
    found = values(score_translator(make_job("translators", "toy", "0")))
    same, other = found["train"], found["in_domain"]
    assert same[f"frechet/{EXTRACTOR}"] == pytest.approx(0, abs=1e-6)
    assert same[f"kernel_distance/{EXTRACTOR}"] < other[f"kernel_distance/{EXTRACTOR}"]
    assert same[f"diversity/{EXTRACTOR}"] == pytest.approx(same[f"real_diversity/{EXTRACTOR}"], rel=1e-6)
    assert other[f"frechet/{EXTRACTOR}"] > 0.01
    assert "nearest/pixels/copied" not in same


def test_views_of_test_patients_that_are_training_tiles_are_copies(study):
    prepare(study)
    shutil.rmtree("data/privileged/toy/0/A3-HE.zarr")
    shutil.copytree(study / "data/normalized/A1-IHC.zarr", "data/privileged/toy/0/A3-HE.zarr")
    found = values(score_translator(make_job("translators", "toy", "0")))["in_domain"]
    assert found["nearest/pixels/copied"] == 1
    assert found["nearest/pixels/nearness"] == pytest.approx(0, abs=0.01)


def test_specificity_is_measured_on_registered_slides(study):
    prepare(study)
    found = values(score_translator(make_job("translators", "toy", "0")))
    assert found["train"]["specificity/DAB/own"] == pytest.approx(1)
    assert found["in_domain"]["specificity/DAB/own"] < 0
    assert found["train"]["specificity/DAB/margin"] == pytest.approx(
        1 - max(found["train"][f"specificity/DAB/{rival}"] for rival in ("other", "composition"))
    )
    assert "specificity_of_nuclei/DAB/own" not in found["train"]


def test_a_target_without_markers_has_no_specificity(study):
    prepare(study)
    found = values(score_translator(make_job("translators", "toy", "0", markers=False)))
    assert not [name for name in found["train"] if name.startswith("specificity")]


def test_what_another_extractor_measures_bears_another_name(study):
    """So that no two share a row, or a column, of any table."""
    prepare(study)
    torch.manual_seed(3)
    save_encoder(Path("weights"), ResNetEncoder(depth=18, width=4, mean=(0.5,) * 3, std=(0.25,) * 3))
    ours = values(score_translator(make_job("translators", "toy", "0")))["train"]
    theirs = values(score_translator(make_job("translators", "toy", "0", extractor="weights")))["train"]
    told = ("frechet/", "kernel_distance/", "diversity/", "real_diversity/")
    of_features = [{name for name in own if name.startswith(told)} for own in (ours, theirs)]
    assert len(of_features[0]) == len(of_features[1]) == 4
    assert not of_features[0] & of_features[1]
    assert set(ours) - of_features[0] == set(theirs) - of_features[1]


def test_the_same_views_give_the_same_bytes(study):
    prepare(study)
    one = score_translator(make_job("translators", "toy", "0")).digest
    assert score_translator(make_job("translators", "toy", "0")).digest == one


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


def test_specificity_is_measured_over_nuclei_where_they_are_labelled(study):
    """Behind it stand the tiles that they were found in, and not their number."""
    prepare(study)
    label_nuclei(study)
    manifest = score_translator(make_job("translators", "toy", "0"))
    found = values(manifest)["train"]
    assert found["specificity_of_nuclei/DAB/own"] == pytest.approx(1)
    assert found["specificity_of_nuclei/DAB/other"] != pytest.approx(found["specificity/DAB/other"])
    records = {record.name: record for record in manifest.records if record.domain == "train"}
    assert records["specificity_of_nuclei"].n == records["specificity"].n == 12


def test_a_light_stain_in_other_pixels_than_rgb_has_no_specificity(study):
    """There is nothing to unmix; all else is told."""
    prepare(study)
    for path in (study / "data/normalized/A1-IHC.zarr", study / "data/privileged/toy/0/A1-HE.zarr"):
        store = TileStore(path)
        wide = store.images()[..., [0, 1, 2, 0, 1]].astype(np.uint16)
        columns = {"xy": store.column("xy")}
        write_store(path, [wide], columns, {}, size=store.size, arrays={"image": TileArray("uint16", 5)})
    found = values(score_translator(make_job("translators", "toy", "0")))
    assert {name for name in found["train"] if "specificity" in name or "/" in name} == set()
    assert found["train"]["ssim"] > 0.9
    assert "specificity/DAB/own" in found["in_domain"]
