"""Normalisers that are tried: from the study's plan to tiles in new colours, through the command."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from pipeline.core.errors import ProductError
from pipeline.core.files import write_json
from pipeline.core.manifests.index import IndexManifest
from pipeline.core.manifests.slides import TileManifest
from pipeline.core.manifests.trial import TrialManifest
from pipeline.core.slides.slide import Slide
from pipeline.core.store.array import TileArray
from pipeline.core.store.store import TileStore, write_store
from pipeline.core.translation.translator import Translator
from pipeline.engine.plan import Plan
from pipeline.engine.run import run as make
from pipeline.normalize.command import app
from pipeline.normalize.fit import make_fit
from pipeline.study import normalize
from pipeline.study.sheet import write_sheet
from pipeline.study.study import parse_study
from tests.normalize.conftest import UNIT, stained
from tests.normalize.test_training import SMALL

TURNED = UNIT + np.array([[0.15, 0.0], [0.0, 0.0], [-0.1, 0.2]])
SLIDES = {  # name: site, split, stains
    "a": ("x", "train", UNIT),
    "b": ("y", "train", TURNED),
    "c": ("y", "train", TURNED),
    "d": ("z", "test", UNIT),
}
SIDE, COUNT = 32, 40
FOLDER, ROWS = Path("data/normalized/trials"), np.array([0, 10, 20, 29, 39])


def write_slide(name, site, split, matrix, channels=3):
    path = Path(f"data/tiles/{name}.zarr")
    images = stained(ord(name), matrix=matrix, count=COUNT * SIDE * SIDE).reshape(COUNT, SIDE, SIDE, 3)
    columns = {"xy": np.arange(2 * COUNT).reshape(COUNT, 2), "tissue": np.linspace(0, 1, COUNT, dtype=np.float32)}
    block = {"image": images[..., np.arange(channels) % 3]}
    write_store(path, [block], columns, {"slide": name}, size=SIDE, arrays={"image": TileArray("uint8", channels)})
    facts = {"slide": name, "patient": name, "site": site, "stain": "HE", "split": split}
    return TileManifest(**facts, store=path, tiles=COUNT)


@pytest.fixture
def study(tmp_path, monkeypatch):
    """Tiles of four slides of three sites; writes the study with these trials and returns its plan."""
    monkeypatch.chdir(tmp_path)
    members = {name: write_slide(name, *facts).model_dump(mode="json") for name, facts in SLIDES.items()}
    lost = TileManifest(slide="q", patient="q", site="x", stain="HE", split="train", status="quarantined")
    members["q"] = lost.model_dump(mode="json")
    for name, member in members.items():
        write_json(Path(f"data/tiles/{name}.json"), member)
    write_json(Path("data/tiles/index.json"), IndexManifest(members=members).model_dump(mode="json"))

    def plan(per_slide=5, **trials):
        content = {"normalize": {"method": "none", "per_slide": per_slide, "trials": trials}}
        Path("params.yaml").write_text(yaml.safe_dump(content))
        facts = {**SLIDES, "q": ("x", "train", None)}
        for name in facts:
            Path(f"{name}.svs").touch()
        write_sheet(
            Path("data/slides.csv"),
            [
                Slide(slide_id=n, path=f"{n}.svs", patient_id=n, site=f[0], split=f[1], stain="HE")
                for n, f in facts.items()
            ],
        )
        return Plan.here()

    return plan


def run(command, *key):
    result = CliRunner().invoke(app, [command, *key])
    if result.exception:
        raise result.exception


def tried(plan, name, seed="0"):
    run("trial", name, seed)
    return TrialManifest.read(plan.job("normalize_trial", name, seed).manifest)


def test_doing_nothing_copies_evenly_spaced_tiles(study):
    made = tried(study(plain={"method": "none"}), "plain")
    store = TileStore(made.store)
    assert [(s.slide, s.site, s.split, s.first, s.tiles, s.fit) for s in made.slides] == [
        ("a", "x", "train", 0, 5, None), ("b", "y", "train", 5, 5, None),
        ("c", "y", "train", 10, 5, None), ("d", "z", "test", 15, 5, None),
    ]  # fmt: skip
    assert store.column("slide").tolist() == [place for place in range(4) for _ in range(5)]
    assert store.column("row").tolist() == 4 * ROWS.tolist()
    parent = TileStore(Path("data/tiles/c.zarr"))
    assert np.array_equal(store.images()[10:15], parent.images()[ROWS])
    for column in ("xy", "tissue"):
        assert np.array_equal(store.column(column)[10:15], parent.column(column)[ROWS])
    assert (made.trial, made.seed, made.method, made.reference) == ("plain", 0, "none", None)
    assert made.store == FOLDER / "plain/0.zarr"


def test_a_slide_with_few_tiles_gives_all_of_them(study):
    made = tried(study(per_slide=64, plain={"method": "none"}), "plain")
    assert [slide.tiles for slide in made.slides] == [COUNT] * 4


def test_a_method_that_fits_slides_does_what_it_does_for_the_study(study):
    plan = study(macenko={"method": "macenko"})
    made = tried(plan, "macenko")
    assert made.reference in ("b", "c")  # the most typical of the training slides
    full = parse_study({"normalize": {"method": "macenko"}})
    jobs = {job.identity: job for job in normalize.jobs(full, plan.slides)}
    fits = {name: make_fit(jobs["normalize_fit", name]).fit for name in SLIDES}
    assert {slide.slide: slide.fit for slide in made.slides} == fits
    normalizer = jobs["normalize_fit", "a"].load("normalizer")(**jobs["normalize_fit", "a"].spec["options"])
    expected = normalizer.change(fits["a"], fits[made.reference])(TileStore(Path("data/tiles/a.zarr")).tiles(ROWS))
    assert np.array_equal(TileStore(made.store).images()[:5], expected)


@pytest.mark.parametrize(("named", "found"), [("x", "a"), ("c", "c")])
def test_a_reference_is_a_slide_or_the_most_typical_of_a_site(study, named, found):
    assert tried(study(one={"method": "reinhard", "reference": named}), "one").reference == found


def test_a_site_that_is_called_as_the_reference_slide_is_normalised_all_the_same(study):
    index = Path("data/tiles/index.json")
    plan = study(one={"method": "macenko", "reference": "c"})
    index.write_text(index.read_text().replace('"site": "z"', '"site": "c"'))
    made = tried(plan, "one")
    assert (made.reference, made.slides[3].site) == ("c", "c")
    assert not np.array_equal(TileStore(made.store).images()[15:], TileStore(Path("data/tiles/d.zarr")).tiles(ROWS))


@pytest.mark.parametrize("method", ["none", "macenko", "reinhard"])
def test_tiles_of_four_channels_are_told(study, method):
    study(one={"method": method})
    write_slide("b", *SLIDES["b"], channels=4)
    with pytest.raises(ProductError, match=r"8-bit RGB tiles.*found uint8 \(32, 32, 4\)") as error:
        run("trial", "one", "0")
    assert "b.zarr" in error.value.where


def test_a_site_whose_slides_were_all_lost_is_told(study):
    study(one={"method": "macenko", "reference": "x"})
    index = Path("data/tiles/index.json")
    index.write_text(index.read_text().replace('"tiles": 40', '"tiles": 0', 1))
    with pytest.raises(ProductError, match="no slide to be the reference: x"):
        run("trial", "one", "0")


def test_two_runs_write_the_same(study):
    plan = study(one={"method": "vahadane"})
    first = tried(plan, "one").model_dump_json()
    assert tried(plan, "one").model_dump_json() == first
    assert not list(FOLDER.rglob("*.partial"))


def test_a_method_that_learns_is_trained_for_every_seed(study):
    training = {"steps": 2, "batch": 2}
    plan = study(toy={"method": "staingan", "options": SMALL["staingan"], "training": training, "seeds": [0, 3]})
    jobs = [job.identity for job in plan.jobs.values() if job.rule.startswith("normalize_trial")]
    assert jobs == [
        ("normalize_trial_train", "toy", "0"), ("normalize_trial_train", "toy", "3"),
        ("normalize_trial", "toy", "0"), ("normalize_trial", "toy", "3"), ("normalize_trial_index",),
    ]  # fmt: skip
    images = []
    for seed in ("0", "3"):
        run("trial-train", "toy", seed)
        made = tried(plan, "toy", seed)
        images.append(TileStore(made.store).images())
        source = {name: TileStore(Path(f"data/tiles/{name}.zarr")).tiles(ROWS) for name in "ab"}
        assert np.array_equal(images[-1][:5], source["a"])  # of x, which others are brought to
        assert np.array_equal(images[-1][5:10], Translator.load(FOLDER / f"toy/models/{seed}")(source["b"]))
        assert (made.seed, made.reference) == (int(seed), "x")
    assert not np.array_equal(*images)
    (FOLDER / "gone").mkdir()
    run("trial-index")
    assert sorted(path.name for path in FOLDER.iterdir()) == ["index.json", "index.recipe.json", "toy"]
    assert (FOLDER / "toy/models/3/generator.safetensors").exists()
    index = IndexManifest.read(FOLDER / "index.json")
    assert [(name, member["seed"]) for name, member in index.members.items()] == [("toy/0", 0), ("toy/3", 3)]
    assert "toy" not in json.dumps(plan.job("normalize_index").to_json())  # what reads the slides knows of no trial


def test_of_the_last_trial_nothing_stays(study):
    tried(study(plain={"method": "none"}), "plain")
    run("trial-index")
    assert (FOLDER / "plain/0.zarr").is_dir()
    study()
    run("trial-index")
    assert sorted(path.name for path in FOLDER.iterdir()) == ["index.json", "index.recipe.json"]
    assert IndexManifest.read(FOLDER / "index.json").members == {}


def test_the_index_of_the_slides_leaves_trials_alone(study):
    plan = study(plain={"method": "none"})
    tried(plan, "plain")
    for name in SLIDES:
        run("slide", name)
    run("slide", "q")
    make(plan.job("normalize_index"))
    assert (FOLDER / "plain/0.zarr").is_dir()
