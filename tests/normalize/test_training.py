"""Normalisers that learn: from the sheet's plan to normalised slides."""

from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.core.digests import digest_file
from pipeline.core.errors import ProductError
from pipeline.core.files import write_json
from pipeline.core.manifests.index import IndexManifest
from pipeline.core.manifests.normalizer import NormalizerManifest
from pipeline.core.manifests.slides import NormalizedManifest, TileManifest
from pipeline.core.slides.slide import Slide
from pipeline.core.store.array import TileArray
from pipeline.core.store.store import TileStore, write_store
from pipeline.core.translation.translator import Translator
from pipeline.engine.run import run
from pipeline.normalize.training import make_model
from pipeline.study import normalize
from pipeline.study.study import parse_study

SIDE, TILES = 32, 6
SMALL = {
    "staingan": {"ngf": 4, "blocks": 1, "ndf": 4, "pool": 4},
    "saasn": {"ngf": 4, "downs": 3, "ndf": 4, "pool": 4, "attention": 4},
}
COLOURS = {"x": (200, 120, 180), "y": (150, 90, 200), "z": (220, 160, 160)}
SLIDES = {
    name: Slide(slide_id=name, path=f"{name}.svs", patient_id=name, site=site, split=split)
    for name, (site, split) in {
        "a": ("x", "train"), "b": ("x", "test"), "c": ("y", "train"), "d": ("z", "train"), "e": ("z", "test"),
        "f": ("x", "train"),
    }.items()
}  # fmt: skip


def write_tiles(slide: Slide, *, tiles: int = TILES, channels: int = 3, status: str = "complete") -> None:
    path = Path(f"data/tiles/{slide.slide_id}.zarr")
    noise = np.random.default_rng(ord(slide.slide_id)).integers(-20, 20, (tiles, SIDE, SIDE, 1))
    images = np.clip(noise + np.resize(COLOURS[slide.site], channels), 0, 255).astype(np.uint8)
    columns = {"xy": np.zeros((tiles, 2), np.int64), "tissue": np.ones(tiles, np.float32)}
    facts = {"slide": slide.slide_id, "patient": slide.patient_id, "site": slide.site, "split": slide.split}
    if status == "complete":
        arrays = {"image": TileArray("uint8", channels)}
        write_store(path, [{"image": images}], columns, {"slide": slide.slide_id}, size=SIDE, arrays=arrays)
        manifest = TileManifest(**facts, stain="HE", store=path, tiles=tiles)
    else:
        manifest = TileManifest(**facts, stain="HE", status=status)
    write_json(path.with_suffix(".json"), manifest.model_dump(mode="json"))


@pytest.fixture
def cohort(tmp_path, monkeypatch):
    """Sites x, y and z train, x with most slides; x and z test."""
    monkeypatch.chdir(tmp_path)
    write_cohort()
    return tmp_path


def write_cohort(**changes) -> None:
    for name, slide in SLIDES.items():
        write_tiles(slide, **changes.get(name, {}))
    members = {n: TileManifest.read(Path(f"data/tiles/{n}.json")).model_dump(mode="json") for n in SLIDES}
    write_json(Path("data/tiles/index.json"), IndexManifest(members=members).model_dump(mode="json"))


def planned(method: str, **section):
    training = {"steps": 3, "batch": 2, "checkpoint_every": 2, **section.pop("training", {})}
    content = {"method": method, "options": SMALL[method], "training": training, **section}
    study = parse_study({"tile": {"size": SIDE, "stride": SIDE}, "normalize": content})
    return {"/".join([job.rule, *job.key]): job for job in normalize.jobs(study, SLIDES)}


def made(method: str, **section) -> NormalizerManifest:
    job = planned(method, **section)["normalize_train"]
    run(job)
    return NormalizerManifest.read(job.manifest)


def digests(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): digest_file(p) for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("method", SMALL)
def test_it_learns_from_training_slides_and_brings_all_other_sites_to_one(cohort, method):
    jobs = planned(method)
    assert list(jobs) == [
        "normalize_train",
        *(f"normalize/{name}" for name in SLIDES),
        "normalize_index",
        "normalize_trial_index",
    ]
    for job in jobs.values():
        run(job)
    model = NormalizerManifest.read(Path("data/normalized/model.json"))
    assert (model.method, model.target, model.sources) == (method, "x", ("y", "z"))
    assert (model.patients, model.tiles, model.steps) == (("a", "c", "d", "f"), 4 * TILES, 3)
    assert set(model.weights) == {"generator", "backward"}
    assert [path.name for path in model.samples] == ["step_000002.png", "step_000003.png"]
    generator = Translator.load(model.folder)
    for name, slide in SLIDES.items():
        found = NormalizedManifest.read(Path(f"data/normalized/{name}.json"))
        parent = Path(f"data/tiles/{name}.zarr")
        assert found.store is not None
        if slide.site == "x":
            assert (found.store, found.normalized, found.payload) == (parent, False, ())
        else:
            assert (found.normalized, found.reference, found.stain_fit) == (True, None, None)
            assert np.array_equal(TileStore(found.store).images(), generator(TileStore(parent).images()))
    assert (cohort / "data/normalized/model/generator.safetensors").exists()  # the index keeps it


def test_batches_are_tiles_of_the_named_site_and_of_all_others(cohort, monkeypatch):
    seen = {}

    def watched(job, build, batches, **named):
        seen.update(batch=batches.at(0), examples=build().examples)
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.normalize.training.train_and_export", watched)
    with pytest.raises(KeyboardInterrupt):
        make_model(planned("staingan", reference="z", training={"batch": 3 * TILES})["normalize_train"])
    sites = {name: [site_of(image) for image in images.numpy()] for name, images in seen["batch"].items()}
    assert sorted(sites["source"]) == ["x"] * 2 * TILES + ["y"] * TILES
    assert sites["target"] == ["z"] * 3 * TILES
    shown = {name: {site_of(image) for image in images} for name, images in seen["examples"].items()}
    assert shown == {"source": {"x", "y"}, "target": {"z"}}


def site_of(image: np.ndarray) -> str:
    """The site whose colour is nearest."""
    mean = image.mean((0, 1))
    return min(COLOURS, key=lambda site: float(np.abs(mean - COLOURS[site]).sum()))


@pytest.mark.parametrize("method", SMALL)
def test_a_training_that_was_killed_ends_as_one_that_was_not(cohort, method, monkeypatch):
    folder = made(method).folder
    whole, real, calls = digests(folder), torch.optim.Adam.step, []

    def step(*arguments, **named):
        calls.append(1)
        if len(calls) > 5:  # in the last of three steps
            raise KeyboardInterrupt
        return real(*arguments, **named)

    monkeypatch.setattr(torch.optim.Adam, "step", step)
    with pytest.raises(KeyboardInterrupt):
        made(method)
    monkeypatch.setattr(torch.optim.Adam, "step", real)
    monkeypatch.chdir(cohort)
    assert digests(made(method).folder) == whole


def test_a_fold_leaves_its_test_patients_out(cohort):
    job = planned("staingan")["normalize_train"]
    job.spec["tested"] = ["c", "f"]
    run(job)
    model = NormalizerManifest.read(job.manifest)
    assert (model.patients, model.sources) == (("a", "b", "d", "e"), ("z",))


@pytest.mark.parametrize("method", SMALL)
def test_a_site_with_one_tile_is_learned_from(cohort, method):
    write_cohort(c={"tiles": 1})
    model = made(method, reference="y")
    assert (model.target, model.tiles) == ("y", 3 * TILES + 1)


@pytest.mark.parametrize(
    ("changes", "reference", "message", "where"),
    [
        ({"c": {"status": "quarantined"}}, "y", "no training tile of site 'y'", "normalize.reference"),
        ({name: {"status": "quarantined"} for name in "cd"}, "x", "no training tile of any site but 'x'", "reference"),
        ({name: {"channels": 4} for name in SLIDES}, "x", r"8-bit RGB tiles.*found uint8 \(32, 32, 4\)", ".zarr"),
        ({"c": {"channels": 4}}, "x", "tiles of one shape and dtype", ".zarr"),
    ],
)
def test_slides_that_cannot_be_learned_from_are_told(cohort, changes, reference, message, where):
    write_cohort(**changes)
    with pytest.raises(ProductError, match=message) as error:
        make_model(planned("saasn", reference=reference)["normalize_train"])
    assert where in error.value.where
    assert error.value.fix


def test_the_options_of_the_study_are_those_of_the_learners(tmp_path):
    """Every default is taken, and none is missing."""
    for method, options in SMALL.items():
        job = planned(method)["normalize_train"]
        learner = job.load("learner")(size=SIDE, lr=job.spec["lr"], **job.spec["options"])
        assert job.spec["options"].keys() == normalize.METHODS[method].options.model_fields.keys()
        assert learner.exports()["generator"][1]["arguments"]["width"] == options["ngf"]
