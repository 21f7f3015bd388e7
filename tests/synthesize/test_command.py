"""The phase through its commands."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pipeline.core.errors import GateError, ProductError
from pipeline.core.job import Job
from pipeline.core.manifests.translators import Gate, GateManifest, SlideQuality, TranslatorManifest, ViewManifest
from pipeline.core.networks.weights import export_weights
from pipeline.core.store.array import TileArray
from pipeline.core.store.store import TileStore, write_store
from pipeline.synthesize.command import app
from pipeline.synthesize.gate import make_gate, pool
from tests.synthesize.conftest import (
    SIZE,
    TILES,
    Memory,
    Scale,
    gate_job,
    quarantine,
    slide,
    slide_job,
    tissue,
    translator,
)


def run(command: str, job: Job) -> Path:
    result = CliRunner().invoke(app, [command, *job.key, "--spec", job.to_json()])
    if result.exception:
        raise result.exception
    return job.manifest


def make(*arguments, **more) -> ViewManifest:
    return ViewManifest.read(run("slide", slide_job(*arguments, **more)))


def gate(*names: str, **limits) -> GateManifest:
    return GateManifest.read(run("gate", gate_job(*names, **limits)))


def test_row_i_of_the_privileged_store_is_row_i_of_the_slide(study):
    translator()
    manifest = make()
    parent, made = TileStore(Path("data/normalized/a-HE.zarr")), TileStore(manifest.store)
    assert (made.images() == 255 - parent.images()).all()
    assert (made.column("xy") == parent.column("xy")).all()
    assert (made.column("tissue") == parent.column("tissue")).all()
    assert not made.has("label")


def test_a_store_says_where_it_comes_from(study):
    translator()
    manifest = make()
    attributes = TileStore(manifest.store).attributes
    weights = TranslatorManifest.read(Path("models/translators/t/0.json")).weights["generator"]
    expected = {"slide": "a-HE", "patient": "a", "stain": "IHC", "mpp": 1.0, "translator": "t", "repeat": 0, "seed": 0,
                "checkpoint": weights, "parent": "data/normalized/a-HE.zarr"}  # fmt: skip
    assert {key: attributes[key] for key in expected} == expected
    assert (manifest.checkpoint, manifest.tiles, manifest.patient) == (weights, TILES, "a")
    assert (manifest.stain, manifest.source, manifest.target) == ("HE", "HE", "IHC")
    assert manifest.payload == (manifest.store,)


def test_two_runs_make_the_same_store(study):
    translator(back=-1.0)
    assert make() == make()


def test_noise_is_seeded_by_the_tile_and_not_by_the_batch(study):
    translator(factor=1.0, network="Noise")
    threes, whole = (TileStore(make(batch=batch).store).images() for batch in (3, 8))
    assert (threes == whole).all()
    other = TileStore(make("c").store).images()
    assert len({tile.tobytes() for tile in (*whole, *other)}) == 2 * TILES


def test_a_slide_without_partner_has_no_agreement(study):
    translator()
    quality = make(partner=False).quality
    assert (quality.agreement, quality.l1, quality.ssim, quality.cycle_jump) == (None, None, None, None)
    assert quality.nuclei > 0.9  # inverted, on a dark ground: what was dark is bright


def test_a_quarantined_slide_passes_through(study):
    translator()
    make()
    quarantine("a-HE")
    manifest = make()
    assert (manifest.status, manifest.stage, manifest.error, manifest.fix) == ("quarantined", "open", "x", "y")
    assert (manifest.translator, manifest.repeat, manifest.seed, manifest.payload) == ("t", 0, 0, ())
    assert not slide_job().outputs["store"].exists()


def test_a_quarantined_partner_is_no_partner(study):
    translator()
    quarantine("a-IHC", stain="IHC")
    assert make().quality.agreement is None


def test_a_partner_of_other_tiles_is_told(study):
    translator()
    slide("a-IHC", tissue(0)[:5], split="train", stain="IHC", paired_with="a-HE")
    with pytest.raises(ProductError, match="has 5 tiles, expected 8"):
        make()


def test_a_translator_that_saw_a_test_patient_is_refused(study):
    translator(patients=("a", "c"))
    make("a")
    with pytest.raises(ProductError, match="trained on test patients: c"):
        make("c")


def test_the_gate_passes_a_faithful_translator_and_measures_patients_that_it_did_not_see(study):
    translator(back=-1.0)
    slides = {name: make(name) for name in "abc"}
    index = gate("a", "b", "c")
    assert index.patients == ("b",)
    assert (index.quality.slides, index.quality.tiles) == (1, TILES)
    assert index.quality.agreement == slides["b"].quality.agreement > 0.5
    assert index.members == {f"{name}-HE": slides[name] for name in "abc"}
    assert index.gates["agreement"] == Gate(value=index.quality.agreement, limit=0.1, passed=True, patients=1)
    assert (index.translator, index.repeat, index.source, index.target) == ("t", 0, "HE", "IHC")


def test_a_translator_that_knows_its_pairs_by_heart_fails(study):
    known = tissue(0)
    translator(learned=Memory.of(known, 255 - known), network="Memory")
    by_heart = make("a").quality
    assert by_heart.agreement > 0.5
    assert by_heart.l1 == 0
    make("b")
    make("c")
    with pytest.raises(GateError, match=r"'t' failed its gates: agreement 0\.000 is below min_agreement 0\.1") as error:
        gate("a", "b", "c")
    assert error.value.where == "data/privileged/t/0, measured on b; the translator's samples show it"


def test_the_gate_measures_who_was_not_used_whether_or_not_held_back(study):
    translator(held_back=())
    slide("d-HE", tissue(3), split="val")
    make("b")
    make("d", partner=False)
    index = gate("b", "d")
    assert index.patients == ("b", "d")
    assert {figure: own.patients for figure, own in index.gates.items()} == {
        "agreement": 1, "nuclei": 2, "cycle_jump": 0
    }  # fmt: skip


def test_a_translator_that_was_shown_who_is_held_back_is_refused(study):
    translator(patients=("a", "b"), held_back=("b",))
    make("a")
    make("b")
    with pytest.raises(GateError, match="'t' was trained on patients whom its gates would be measured on: b") as error:
        gate("a", "b")
    assert error.value.fix.endswith("synpriv translate train t 0")
    assert not Path("data/privileged/t/0/index.json").exists()


def test_with_nobody_to_measure_every_gate_is_skipped(study, capsys):
    translator(patients=("a", "b"), held_back=(), factor=0.0)
    for name in "abc":
        make(name)
    index = make_gate(gate_job("a", "b", "c"))
    assert (index.patients, index.quality.slides) == ((), 0)
    assert {own.passed for own in index.gates.values()} == {None}
    assert "gate agreement skipped: no slide outside the test split" in capsys.readouterr().err


def test_quarantined_slides_are_members_and_not_measured(study):
    translator()
    quarantine("c-HE")
    make("b")
    make("c")
    index = gate("b", "c")
    assert (index.members["c-HE"].status, index.quality.slides) == ("quarantined", 1)


def test_the_gate_stops_a_translator_that_answers_the_same_to_everything(study):
    translator(factor=0.0)
    make("b")
    with pytest.raises(GateError, match=r"'t' failed its gates: agreement 0\.000 is below min_agreement 0\.1") as error:
        gate("b")
    assert "nuclei 0.000 is below min_nuclei 0.1" in error.value.message
    assert "translate.t.steps" in error.value.fix
    assert not Path("data/privileged/t/0/index.json").exists()


def test_the_gate_stops_a_translator_that_hides_its_source(study):
    translator(factor=1e-3, back=1e3)
    make("b", partner=False)
    with pytest.raises(GateError, match=r"cycle_jump \d\.\d+ is above max_cycle_jump 0\.05"):
        gate("b", min_nuclei=-1.0)


def test_a_figure_that_does_not_exist_is_skipped(study):
    translator()
    make("b", partner=False)
    gates = gate("b").gates
    assert gates["agreement"] == Gate(value=None, limit=0.1, passed=None, patients=0)
    assert gates["cycle_jump"].passed is None


def test_a_source_that_is_not_light_is_not_gated_by_its_nuclei(study):
    translator()
    assert make("b", kinds={"source": "fluorescence", "target": "light"}).quality.nuclei is None
    assert gate("b", min_nuclei=1.0).gates["nuclei"] == Gate(value=None, limit=1.0, passed=None, patients=0)


def test_pooled_figures_are_weighted_by_tiles():
    facts = dict.fromkeys(("slide", "patient", "site", "stain", "split", "translator"), "x")
    members = [
        ViewManifest(
            **facts,
            repeat=0,
            seed=0,
            tiles=tiles,
            quality=SlideQuality(measured=tiles, nuclei=nuclei, agreement=agreement),
        )
        for tiles, nuclei, agreement in ((10, 0.2, None), (30, 0.6, 0.5))
    ]
    pooled = pool(members)
    assert pooled.nuclei == pytest.approx(0.5)
    assert (pooled.agreement, pooled.cycle, pooled.tiles, pooled.slides) == (0.5, None, 40, 2)


def test_the_gate_prunes_stores_of_slides_that_left(study):
    translator()
    for name in "ab":
        make(name)
    gate("a")
    kept = {p.name for p in Path("data/privileged/t/0").iterdir()}
    assert kept == {"a-HE.zarr", "a-HE.json", "a-HE.recipe.json", "index.recipe.json", "index.json"}


def test_more_tiles_than_are_measured_take_part_in_the_store(study, monkeypatch):
    monkeypatch.setattr("pipeline.synthesize.quality.MEASURED", 3)
    translator()
    manifest = make()
    assert (manifest.quality.measured, manifest.tiles) == (3, TILES)
    rows = np.array([0, 4, 7])
    expected = TileStore(manifest.store).images()[rows].astype(float)
    partner = TileStore(Path("data/normalized/a-IHC.zarr")).images()[rows]
    assert manifest.quality.l1 == pytest.approx(np.abs(expected - partner).mean() / 255)


def test_a_view_of_16_bits_and_five_channels_is_stored_and_measured(study):
    """Inverted, with the partner in the same pixels: all figures are those of the 8-bit view, to its rounding."""
    translator(back=-1.0)
    plain = make().quality
    made = TileStore(Path("data/normalized/a-IHC.zarr")).images()
    wide = np.rint(made[..., [0, 1, 2, 0, 1]] * (4095 / 255)).astype(np.uint16)
    columns = {"xy": np.zeros((TILES, 2), np.int64)}
    write_store(
        Path("data/normalized/a-IHC.zarr"), [wide], columns, {}, size=SIZE, arrays={"image": TileArray("uint16", 5)}
    )
    folder = Path("models/translators/t/0")
    export_weights(folder, "generator", Scale(-1.0), {"network": "toy:Wide", "arguments": {}})
    export_weights(folder, "backward", Scale(-1.0), {"network": "toy:Narrow", "arguments": {}})
    view = make()
    images = TileStore(view.store).images()
    assert (images.dtype, images.shape) == (np.uint16, (TILES, SIZE, SIZE, 5))
    assert np.abs(images.astype(int) - wide).max() <= 1
    assert (view.quality.l1, view.quality.ssim) == pytest.approx((0, 1), abs=1e-3)
    assert view.quality.agreement == pytest.approx(plain.agreement, abs=0.02)
    assert view.quality.nuclei > 0.9
    assert view.quality.cycle == pytest.approx(0, abs=1e-3)


def test_a_light_view_of_other_pixels_has_no_nuclei(study):
    translator(network="Wide")
    assert make(partner=False, kinds={"source": "light", "target": "light"}).quality.nuclei is None
