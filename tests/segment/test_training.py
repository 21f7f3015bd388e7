"""One segmenter: what its manifest says, what it depends on, and whom it must not have learned from."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json, write_json
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.manifests.segmenters import SegmenterManifest
from pipeline.core.manifests.translators import GateManifest, PooledQuality, ViewManifest
from pipeline.core.store.store import TileStore, write_store
from pipeline.engine.run import run
from tests.segment.toys import segment_job
from tests.synthesize.painted import SIZE, TILES, cohort_job, part_job, plan_job, write_cohort, write_generator


@pytest.fixture(autouse=True)
def cohort(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_cohort(a="train", b="train", c="test")


def paint(patients=("a",)):
    for name in ("painter", "maker"):
        write_generator(name, patients)
    for job in (plan_job(), part_job(), cohort_job("part-000")):
        run(job)


def made(*arguments, **changes):
    job = segment_job(*arguments, **changes)
    run(job)
    return SegmenterManifest.read(job.manifest)


def views(source="HE", patients=("a",)):
    """A translator that inverts, its views of a and b, and where its manifests lie."""
    members = {}
    for patient in "ab":
        name, store = f"{patient}-HE", Path(f"data/privileged/painter/0/{patient}-HE.zarr")
        inverted = 255 - TileStore(Path(f"data/normalized/{name}.zarr")).images()
        write_store(store, [inverted], {"xy": np.zeros((TILES, 2), np.int64)}, {}, size=SIZE)
        facts = {"patient": patient, "site": "s", "stain": "IHC", "split": "train"}
        members[name] = ViewManifest(
            slide=name, store=store, tiles=TILES, translator="painter", repeat=0, seed=0, **facts
        )
    ends = {"source": source, "target": "IHC", "patients": (), "gates": {}}
    gate = GateManifest(
        translator="painter", repeat=0, members=members, quality=PooledQuality(slides=0, tiles=0), **ends
    )
    place = Path("data/privileged/painter/0/index.json")
    write_json(place, gate.model_dump(mode="json"))
    translator = write_generator("painter", patients)
    write_json(translator, {**read_json(translator), "source": "HE", "target": "IHC"})
    return {"gate": place, "translator": translator}


def test_the_manifest_says_what_was_learned():
    own = made()
    assert (own.arm, own.seed, own.method, own.steps) == ("real", 0, "toy", 2)
    assert own.classes == ("round", "wide")
    assert (own.labels, own.images, own.reads, own.through) == ("nuclei", "HE", "HE", "")
    assert (own.learned, own.tiles, own.real) == ({"real": 2 * TILES}, 2 * TILES, 2 * TILES)
    assert own.patients == ("a", "b")
    assert own.history.is_file()
    assert own.samples
    assert (own.folder / "segmenter.safetensors").is_file()


def test_the_method_is_given_its_options():
    assert read_json(made().folder / "segmenter.config.json")["given"] == 7


def test_arms_of_a_repeat_start_alike_and_repeats_do_not():
    plain, again, other = made("real", lr=1e-9), made("other", lr=1e-9), made("real", 1, lr=1e-9)
    assert plain.weights == again.weights
    assert plain.weights != other.weights


def test_painted_tiles_count_by_their_source():
    paint()
    own = made("added", train={"real": 0.25, "more": 0.5})
    assert own.learned == {"real": TILES // 2, "more": TILES}
    assert own.tiles == TILES + TILES // 2


def test_views_are_read_in_place_of_the_tiles():
    own = made("tutoring", inputs=views())
    assert (own.images, own.reads, own.through) == ("HE", "IHC", "painter")
    assert own.weights != made().weights


def test_a_painter_that_saw_a_test_patient_is_refused():
    paint()
    job = segment_job("added", train={"more": 0.5})
    index = job.groups["painted"]["more"]
    write_json(index, {**read_json(index), "patients": ["a", "c"]})
    with pytest.raises(ProductError, match="it was trained on test patients: c"):
        run(job)
    assert not job.manifest.exists()


def test_a_translator_that_saw_a_test_patient_is_refused():
    with pytest.raises(ProductError, match="it was trained on test patients: c"):
        run(segment_job("tutoring", inputs=views(patients=("a", "c"))))


def test_an_encoder_that_saw_a_test_patient_is_refused():
    folder = Path("models/encoders/plain/0")
    own = EncoderManifest(
        arm="plain", seed=0, patients=("c",), tiles=1, steps=1, weights={}, configs={},
        history=folder / "history.csv", folder=folder,
    )  # fmt: skip
    write_json(folder.with_suffix(".json"), own.model_dump(mode="json"))
    with pytest.raises(ProductError, match="it was trained on test patients: c"):
        run(segment_job("frozen", inputs={"encoder": folder.with_suffix(".json")}))
