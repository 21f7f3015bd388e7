"""The phase through its commands."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from pipeline.core.errors import GateError, ProductError
from pipeline.core.files import read_json, write_json
from pipeline.core.store.store import TileStore
from pipeline.synthesize.command import app
from pipeline.synthesize.gate import pool
from tests.synthesize.conftest import TILES, gate_job, slide, slide_job, tissue, translator


def run(job) -> dict:
    command = "gate" if job.rule.endswith("gate") else "slide"
    result = CliRunner().invoke(app, [command, *job.key, "--spec", job.to_json()])
    if result.exception:
        raise result.exception
    return read_json(job.manifest)


def test_row_i_of_the_privileged_store_is_row_i_of_the_slide(study):
    translator()
    manifest = run(slide_job())
    parent, made = TileStore(Path("data/normalized/a-HE.zarr")), TileStore(Path(manifest["store"]))
    assert (made.images() == 255 - parent.images()).all()
    assert (made.column("xy") == parent.column("xy")).all()
    assert (made.column("tissue") == parent.column("tissue")).all()
    assert not made.has("label")


def test_a_store_says_where_it_comes_from(study):
    translator()
    manifest = run(slide_job())
    attributes = TileStore(Path(manifest["store"])).attributes
    weights = read_json(Path("models/translators/t.json"))["weights"]["generator"]
    expected = {"slide": "a-HE", "patient": "a", "stain": "IHC", "mpp": 1.0, "translator": "t", "seed": 0,
                "checkpoint": weights, "parent": "data/normalized/a-HE.zarr"}  # fmt: skip
    assert {key: attributes[key] for key in expected} == expected
    assert (manifest["checkpoint"], manifest["tiles"], manifest["patient"]) == (weights, TILES, "a")


def test_two_runs_make_the_same_store(study):
    translator(back=-1.0)
    assert run(slide_job()) == run(slide_job())


def test_a_slide_without_partner_has_no_agreement(study):
    translator()
    quality = run(slide_job(partner=False))["quality"]
    assert [quality[f] for f in ("agreement", "l1", "ssim", "cycle_jump")] == [None] * 4
    assert quality["nuclei"] > 0.9  # inverted, on a dark ground: what was dark is bright


def test_a_quarantined_slide_passes_through(study):
    translator()
    write_json(Path("data/normalized/a-HE.json"), {"slide": "a-HE", "status": "quarantined", "error": "x"})
    assert run(slide_job())["status"] == "quarantined"
    assert not slide_job().store.exists()


def test_a_quarantined_partner_is_no_partner(study):
    translator()
    write_json(Path("data/normalized/a-IHC.json"), {"slide": "a-IHC", "status": "quarantined", "error": "x"})
    assert run(slide_job())["quality"]["agreement"] is None


def test_a_partner_of_other_tiles_is_told(study):
    translator()
    slide("a-IHC", tissue(0)[:5], split="train", stain="IHC", paired_with="a-HE")
    with pytest.raises(ProductError, match="has 5 tiles, expected 8"):
        run(slide_job())


def test_a_translator_that_saw_a_test_patient_is_refused(study):
    translator(patients=("a", "c"))
    run(slide_job("a"))
    with pytest.raises(ProductError, match="trained on test patients: c"):
        run(slide_job("c"))


def test_the_gate_passes_a_faithful_translator_and_judges_training_slides_alone(study):
    translator(back=-1.0)
    slides = {name: run(slide_job(name)) for name in "ac"}
    index = run(gate_job("a", "c"))
    assert index["quality"]["slides"] == 1
    assert index["quality"]["agreement"] == slides["a"]["quality"]["agreement"] > 0.5
    assert index["members"]["c-HE"] == slides["c"]
    assert index["gates"]["agreement"] == {"value": index["quality"]["agreement"], "limit": 0.1, "passed": True}


def test_the_gate_stops_a_translator_that_answers_the_same_to_everything(study):
    translator(factor=0.0)
    run(slide_job())
    with pytest.raises(GateError, match=r"'t' failed its gates: agreement 0\.000 is below min_agreement 0\.1") as error:
        run(gate_job("a"))
    assert "nuclei 0.000 is below min_nuclei 0.1" in error.value.message
    assert "translate.t.steps" in error.value.fix
    assert not Path("data/privileged/t/index.json").exists()


def test_the_gate_stops_a_translator_that_hides_its_source(study):
    translator(factor=1e-3, back=1e3)
    run(slide_job(partner=False))
    with pytest.raises(GateError, match=r"cycle_jump \d\.\d+ is above max_cycle_jump 0\.05"):
        run(gate_job("a", min_nuclei=-1.0))


def test_a_figure_that_does_not_exist_is_not_judged(study, capsys):
    translator()
    run(slide_job(partner=False))
    gates = run(gate_job("a"))["gates"]
    assert gates["agreement"] == {"value": None, "limit": 0.1, "passed": None}
    assert gates["cycle_jump"]["passed"] is None


def test_pooled_figures_are_weighted_by_tiles():
    figures = dict.fromkeys(("agreement", "l1", "ssim", "nuclei", "cycle", "cycle_uint8", "cycle_noise", "cycle_jump"))
    members = [
        {"tiles": tiles, "quality": {**figures, "nuclei": nuclei, "agreement": value}}
        for tiles, nuclei, value in ((10, 0.2, None), (30, 0.6, 0.5))
    ]
    pooled = pool(members)
    assert pooled["nuclei"] == pytest.approx(0.5)
    assert (pooled["agreement"], pooled["cycle"], pooled["tiles"]) == (0.5, None, 40)


def test_the_gate_prunes_stores_of_slides_that_left(study):
    translator()
    for name in "ac":
        run(slide_job(name))
    run(gate_job("a"))
    kept = {p.name for p in Path("data/privileged/t").iterdir()}
    assert kept == {"a-HE.zarr", "a-HE.json", "a-HE.recipe.json", "index.recipe.json", "index.json"}


def test_more_tiles_than_are_measured_take_part_in_the_store(study, monkeypatch):
    monkeypatch.setattr("pipeline.synthesize.quality.MEASURED", 3)
    translator()
    manifest = run(slide_job())
    assert (manifest["quality"]["measured"], manifest["tiles"]) == (3, TILES)
    rows = np.array([0, 4, 7])
    expected = TileStore(Path(manifest["store"])).images()[rows].astype(float)
    partner = TileStore(Path("data/normalized/a-IHC.zarr")).images()[rows]
    assert manifest["quality"]["l1"] == pytest.approx(np.abs(expected - partner).mean() / 255)
