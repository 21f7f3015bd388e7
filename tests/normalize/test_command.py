"""The phase through its commands, on three small slides."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json, write_json
from pipeline.core.job import Job
from pipeline.core.store.store import TileStore, write_store
from pipeline.normalize.command import app
from pipeline.normalize.reference import medoid
from tests.normalize.conftest import UNIT, stained

TURNED = UNIT + np.array([[0.15, 0.0], [0.0, 0.0], [-0.1, 0.2]])
SPEC = {
    "seed": 0,
    "method": "macenko",
    "reference": "auto",
    "stains": ["HE"],
    "options": {"io": 255, "offset": 0, "beta": 0.15, "alpha": 1.0, "mask": "mean"},
}
SLIDES = {
    "a": ("HE", "train", UNIT),
    "b": ("HE", "train", UNIT),
    "c": ("HE", "train", TURNED),
    "i": ("IHC", "train", UNIT),
}


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    members = {}
    for number, (name, (stain, split, matrix)) in enumerate(SLIDES.items()):
        path = Path(f"data/tiles/{name}.zarr")
        tiles = stained(number, matrix=matrix, count=10 * 32 * 32).reshape(10, 32, 32, 3)
        columns = {
            "xy": np.arange(20).reshape(10, 2),
            "tissue": np.ones(10, np.float32),
            "label": np.arange(10, dtype=np.int16),
        }
        digests = write_store(path, [tiles], columns, {"slide": name, "label_names": ["x"]}, size=32)
        members[name] = {
            "status": "complete", "slide": name, "patient": name, "site": "s", "stain": stain, "split": split,
            "paired_with": "", "store": path.as_posix(), "tiles": 10, "digests": digests,
        }  # fmt: skip
        write_json(path.with_suffix(".json"), members[name])
    members["q"] = {"status": "quarantined", "slide": "q", "stain": "HE", "split": "train"}
    write_json(Path("data/tiles/q.json"), members["q"])
    write_json(Path("data/tiles/index.json"), {"members": members})
    return tmp_path


def run(*arguments: str, key: tuple[str, ...] = (), **changes) -> dict:
    name = key[0] if key else "reference"
    tiles = Path("data/tiles")
    inputs = (tiles / f"{name}.json", Path("data/normalized/reference.json")) if key else (tiles / "index.json",)
    job = Job("normalize", "x", key, Path(f"data/normalized/{name}.json"), inputs, {**SPEC, **changes})
    result = CliRunner().invoke(app, [*arguments, *key, "--spec", job.to_json()])
    if result.exception:
        raise result.exception
    return read_json(job.manifest)


def test_the_reference_is_the_most_typical_training_slide(study):
    assert run("reference")["slide"] in ("a", "b")


def test_a_named_reference_is_taken(study):
    assert run("reference", reference="c")["slide"] == "c"


def test_a_quarantined_reference_is_told(study):
    with pytest.raises(ProductError, match="'q' has no tiles"):
        run("reference", reference="q")


def test_slides_that_fell_back_are_no_reference(macenko):
    sound = macenko.fit(stained())
    assert medoid(macenko, {"a": {**sound, "fallback": True}, "b": sound}) == "b"


def test_a_slide_keeps_its_rows_and_takes_the_references_stain(study, macenko):
    reference = run("reference")
    manifest = run("slide", key=("c",))
    parent, derived = TileStore(Path("data/tiles/c.zarr")), TileStore(Path(manifest["store"]))
    for column in ("xy", "tissue", "label"):
        assert (parent.column(column) == derived.column(column)).all()
    assert derived.attributes["parent"] == "data/tiles/c.zarr"
    assert derived.attributes["label_names"] == ["x"]
    assert macenko.distance(reference, macenko.fit(parent.images().reshape(-1, 3))) > 4
    assert macenko.distance(reference, macenko.fit(derived.images().reshape(-1, 3))) < 1
    assert manifest["normalized"]
    assert manifest["stain_fit"]["fallback"] is False


def test_other_stains_point_at_their_tiles(study):
    run("reference")
    manifest = run("slide", key=("i",))
    assert manifest["store"] == "data/tiles/i.zarr"
    assert (manifest["normalized"], manifest["stain_fit"]) == (False, None)


def test_quarantined_slides_pass_through(study):
    run("reference")
    assert run("slide", key=("q",))["status"] == "quarantined"


def test_no_method_leaves_every_slide(study):
    assert run("reference", method="none", options={})["slide"] is None
    assert run("slide", key=("c",), method="none", options={})["store"] == "data/tiles/c.zarr"


def test_two_runs_write_the_same_bytes(study):
    run("reference")
    first = json.dumps(run("slide", key=("c",)))
    assert json.dumps(run("slide", key=("c",))) == first
