"""The phase through its commands, on small slides."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pipeline.core.digests import digest_array
from pipeline.core.errors import ProductError
from pipeline.core.files import remove, write_json
from pipeline.core.job import Job
from pipeline.core.manifests.normalizer import NormalizerManifest
from pipeline.core.manifests.slides import FitManifest, NormalizedManifest, ReferenceManifest, TileManifest
from pipeline.core.stain.density import intensity
from pipeline.core.store.array import TileArray
from pipeline.core.store.store import TileStore, write_store
from pipeline.normalize.command import app
from pipeline.normalize.normalized import make_normalized
from pipeline.normalize.normalizer import Normalizer
from pipeline.normalize.reference import medoid
from tests.normalize.conftest import UNIT, stained

TURNED = UNIT + np.array([[0.15, 0.0], [0.0, 0.0], [-0.1, 0.2]])
OPTIONS = {"io": 255, "offset": 0, "beta": 0.15, "alpha": 1.0, "mask": "mean"}
SPEC = {"method": "macenko", "options": OPTIONS}
MACENKO = "pipeline.normalize.macenko:Macenko"
OUT = Path("data/normalized")
SLIDES = {"a": ("HE", UNIT), "b": ("HE", UNIT), "c": ("HE", TURNED), "i": ("IHC", UNIT)}


def tile(name: str, pixels: np.ndarray, stain: str = "HE", channels: int = 3, **labels: np.ndarray) -> None:
    """A tile store of ten tiles of 32 pixels, with ``labels`` (tile, y, x) beside the image, and its manifest."""
    path = Path(f"data/tiles/{name}.zarr")
    columns = {
        "xy": np.arange(20).reshape(10, 2),
        "tissue": np.ones(10, np.float32),
        "label": np.arange(10, dtype=np.int16),
        "histogram": np.arange(10 * 3 * 256, dtype=np.uint32).reshape(10, 3, 256),
    }
    block = {"image": pixels.reshape(10, 32, 32, 3)[..., np.arange(channels) % 3], **labels}
    arrays = {label: TileArray(str(values.dtype), None) for label, values in labels.items()}
    arrays["image"] = TileArray("uint8", channels)
    digests = write_store(path, [block], columns, {"slide": name, "label_names": ["x"]}, size=32, arrays=arrays)
    manifest = TileManifest(
        **facts(name, stain), store=path, tiles=10, digests=digests, payload=(path, Path("data/tiles/x.png"))
    )
    write_json(path.with_suffix(".json"), manifest.model_dump(mode="json"))


def facts(name: str, stain: str = "HE") -> dict[str, str]:
    return {"slide": name, "patient": name, "site": "s", "stain": stain, "split": "train"}


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number, (name, (stain, matrix)) in enumerate(SLIDES.items()):
        tile(name, stained(number, matrix=matrix, count=10 * 32 * 32), stain)
    lost = TileManifest(**facts("q"), status="quarantined", stage="open", error="no", fix="yes")
    write_json(Path("data/tiles/q.json"), lost.model_dump(mode="json"))
    return tmp_path


def run(command: str, job: Job) -> Path:
    result = CliRunner().invoke(app, [command, *job.key, "--spec", job.to_json()])
    if result.exception:
        raise result.exception
    return job.manifest


def fit_slide(name: str) -> FitManifest:
    job = Job(
        phase="normalize",
        rule="normalize_fit",
        key=(name,),
        code={"maker": "pipeline.normalize.fit:make_fit", "normalizer": MACENKO},
        inputs={"tile": Path(f"data/tiles/{name}.json")},
        outputs={"manifest": OUT / f"fits/{name}.json"},
        spec={"seed": 0, **SPEC},
    )
    return FitManifest.read(run("fit", job))


def choose(*candidates: str, reference: str = "auto") -> ReferenceManifest:
    for name in candidates:
        fit_slide(name)
    job = Job(
        phase="normalize",
        rule="normalize_reference",
        key=(),
        code={"maker": "pipeline.normalize.reference:make_reference", "normalizer": MACENKO},
        inputs={},
        groups={"fits": {name: OUT / f"fits/{name}.json" for name in candidates}},
        outputs={"manifest": OUT / "reference.json"},
        spec={**SPEC, "reference": reference},
    )
    return ReferenceManifest.read(run("reference", job))


def slide_job(name: str, code: str | None = MACENKO, spec=SPEC, **inputs: Path) -> Job:
    maker = {"maker": "pipeline.normalize.normalized:make_normalized"}
    return Job(
        phase="normalize",
        rule="normalize",
        key=(name,),
        code={**maker, "normalizer": code} if code else maker,
        inputs={"tile": Path(f"data/tiles/{name}.json"), **inputs},
        outputs={"manifest": OUT / f"{name}.json", "store": OUT / f"{name}.zarr"},
        spec={"keep": "pixels", **spec} if code else {},
    )


def normalize(name: str) -> NormalizedManifest:
    fit_slide(name)
    job = slide_job(name, fit=OUT / f"fits/{name}.json", reference=OUT / "reference.json")
    return NormalizedManifest.read(run("slide", job))


def passed(name: str) -> NormalizedManifest:
    return NormalizedManifest.read(run("slide", slide_job(name, None)))


def test_the_reference_is_the_most_typical_candidate(study):
    assert choose("a", "b", "c").slide in ("a", "b")


def test_a_named_reference_is_the_only_candidate(study):
    reference = choose("c", reference="c")
    assert (reference.slide, reference.fit) == ("c", fit_slide("c").fit)


def test_a_quarantined_slide_has_no_fit(study):
    assert fit_slide("q").fit is None


def test_a_quarantined_reference_is_told(study):
    with pytest.raises(ProductError, match="'q' has no tiles"):
        choose("q", reference="q")


def test_no_candidate_with_tiles_is_told(study):
    with pytest.raises(ProductError, match="no training slide with tiles"):
        choose("q")


def test_quarantined_slides_are_no_reference(study):
    assert choose("c", "q").slide == "c"


def test_a_slide_of_another_strength_is_less_typical(macenko):
    """Its stains have the hue that lies in the middle, which alone would make it the reference."""
    fit = {"matrix": UNIT.tolist(), "p99": [1.5, 1.0]}
    little, more = ({**fit, "matrix": (UNIT + part * (TURNED - UNIT)).tolist()} for part in (0.1, 0.2))
    middle = {**little, "p99": [3.0, 2.0]}
    assert medoid(macenko, {"a": fit, "b": middle, "c": more}) != "b"
    assert medoid(macenko, {"a": fit, "b": little, "c": more}) == "b"


def test_slides_that_fell_back_are_no_reference(macenko):
    sound = macenko.fit(stained())
    assert medoid(macenko, {"a": {**sound, "fallback": True}, "b": sound}) == "b"


def test_a_slide_keeps_its_rows_and_takes_the_references_stain(study, macenko):
    reference = choose("a", "b", "c")
    manifest = normalize("c")
    parent, derived = TileStore(Path("data/tiles/c.zarr")), TileStore(manifest.store)
    for column in ("xy", "tissue", "label", "histogram"):
        assert (parent.column(column) == derived.column(column)).all()
    assert derived.attributes == {
        **parent.attributes,
        "parent": "data/tiles/c.zarr",
        "split": "train",
        "normalizer": "macenko",
        "reference": reference.slide,
    }
    assert macenko.distance(reference.fit, macenko.fit(parent.images().reshape(-1, 3))) > 4
    assert macenko.distance(reference.fit, macenko.fit(derived.images().reshape(-1, 3))) < 1
    assert manifest.normalized
    assert (manifest.reference, manifest.payload) == (reference.slide, (OUT / "c.zarr",))
    assert manifest.stain_fit == {**fit_slide("c").fit, "fallback": False}


def test_a_slide_keeps_its_masks_and_instances(study, monkeypatch):
    monkeypatch.setattr("pipeline.normalize.normalized.BLOCK", 3)
    rng = np.random.default_rng(0)
    mask, instance = (rng.integers(0, 200, (10, 32, 32), dtype) for dtype in (np.uint8, np.uint32))
    choose("a")
    plain = normalize("c").digests
    tile("c", stained(2, matrix=TURNED, count=10 * 32 * 32), mask=mask, instance=instance)
    manifest = normalize("c")
    derived = TileStore(manifest.store)
    assert derived.arrays == TileStore(Path("data/tiles/c.zarr")).arrays
    assert (derived.array("mask")[:] == mask).all()
    assert (derived.array("instance")[:] == instance).all()
    parent = TileManifest.read(Path("data/tiles/c.json")).digests
    assert manifest.digests == {**plain, "mask": parent["mask"], "instance": parent["instance"]}


def test_a_map_of_colours_is_read_as_its_pixels_are(study):
    choose("a", "b", "c")
    rng = np.random.default_rng(0)
    tile("c", stained(2, matrix=TURNED, count=10 * 32 * 32), mask=rng.integers(0, 200, (10, 32, 32), np.uint8))
    stored = normalize("c")
    pixels, facts = TileStore(stored.store).images(), dict(TileStore(stored.store).attributes)
    inputs = {"fit": OUT / "fits/c.json", "reference": OUT / "reference.json"}
    mapped = NormalizedManifest.read(run("slide", slide_job("c", spec={**SPEC, "keep": "map"}, **inputs)))
    found = TileStore(mapped.store)
    assert np.array_equal(found.images(), pixels)
    assert np.array_equal(found.tile(7), pixels[7])
    assert np.array_equal(np.concatenate(list(found.blocks(3))), pixels)
    assert np.array_equal(found.array("mask")[:], TileStore(Path("data/tiles/c.zarr")).array("mask")[:])
    assert np.array_equal(found.column("label"), np.arange(10))
    assert facts.items() < found.attributes.items()
    assert [path.name for path in mapped.store.rglob("*") if path.is_file()] == ["zarr.json"]
    copied = pickle.loads(pickle.dumps(found.array("image")))  # noqa: S301 - its own
    assert mapped.digests.keys() == stored.digests.keys()
    assert mapped.digests["mask"] == stored.digests["mask"]
    assert np.array_equal(copied[[2]], pixels[[2]])


def test_a_map_of_tiles_that_are_not_there_is_told(study):
    choose("a")
    fit_slide("c")
    inputs = {"fit": OUT / "fits/c.json", "reference": OUT / "reference.json"}
    run("slide", slide_job("c", spec={**SPEC, "keep": "map"}, **inputs))
    remove(Path("data/tiles/c.zarr"))
    with pytest.raises(ProductError, match="which is not there"):
        TileStore(OUT / "c.zarr")


@pytest.mark.parametrize("keep", ["pixels", "map"])
def test_tiles_of_four_channels_are_told_and_leave_nothing(study, keep):
    choose("a")
    fit_slide("c")
    tile("c", stained(2, count=10 * 32 * 32), channels=4)
    with pytest.raises(ProductError, match=r"8-bit RGB tiles.*found uint8 \(32, 32, 4\)") as error:
        fit_slide("c")
    assert "c.zarr" in error.value.where
    inputs = {"fit": OUT / "fits/a.json", "reference": OUT / "reference.json"}
    with pytest.raises(ProductError, match="8-bit RGB tiles"):
        run("slide", slide_job("c", spec={**SPEC, "keep": keep}, **inputs))
    assert not list(OUT.glob("c.*"))


def test_a_slide_of_one_hue_takes_the_references_fit_and_says_so(study, macenko):
    amounts = np.random.default_rng(0).gamma(2.0, 0.5, (10 * 32 * 32, 1))
    tile("h", intensity(amounts, UNIT[:, :1], io=255))
    reference = choose("a")
    manifest = normalize("h")
    assert manifest.stain_fit == {**reference.fit, "fallback": True}
    same = macenko.change(reference.fit, reference.fit)(TileStore(Path("data/tiles/h.zarr")).images())
    assert (TileStore(manifest.store).images() == same).all()


def test_a_slide_that_no_normaliser_is_named_for_points_at_its_tiles(study):
    manifest = passed("i")
    assert (manifest.store, manifest.payload) == (Path("data/tiles/i.zarr"), ())
    assert (manifest.normalized, manifest.stain_fit, manifest.reference) == (False, None, None)


def test_the_store_of_earlier_settings_is_removed(study):
    choose("a")
    assert normalize("c").store.is_dir()
    passed("c")
    assert not (OUT / "c.zarr").exists()


def test_quarantined_slides_pass_through(study):
    choose("a")
    manifest = normalize("q")
    assert (manifest.status, manifest.stage, manifest.error, manifest.fix) == ("quarantined", "open", "no", "yes")
    assert (manifest.payload, manifest.normalized) == ((), False)


def test_two_runs_write_the_same_bytes(study):
    choose("a", "b", "c")
    first = json.dumps(normalize("c").model_dump(mode="json"))
    assert json.dumps(normalize("c").model_dump(mode="json")) == first


class Learned(Normalizer):
    """Stands for a network: subtracts what training left in its folder."""

    def __init__(self, model: Path, gain: int) -> None:
        self.amount = gain * int((model / "amount.txt").read_text())

    def change(self, fit, target):
        assert fit == target == {}
        return lambda tiles: tiles - np.uint8(self.amount)


def test_a_normaliser_that_learned_finds_its_networks_and_needs_no_fit(study):
    model = OUT / "model"
    model.mkdir(parents=True)
    (model / "amount.txt").write_text("3")
    content = NormalizerManifest(
        method="learned",
        target="t",
        sources=("s",),
        steps=1,
        patients=("a",),
        tiles=10,
        weights={},
        configs={},
        history=model / "history.csv",
        folder=model,
    )
    write_json(OUT / "model.json", content.model_dump(mode="json"))
    spec = {"method": "learned", "options": {"gain": 2}}
    job = slide_job("c", f"{__name__}:Learned", spec, model=OUT / "model.json")
    manifest = make_normalized(job)
    expected = TileStore(Path("data/tiles/c.zarr")).images() - np.uint8(6)
    assert (TileStore(manifest.store).images() == expected).all()
    assert manifest.digests["label"] == digest_array(np.arange(10, dtype=np.int16))
    assert (manifest.normalized, manifest.reference, manifest.stain_fit) == (True, None, None)
