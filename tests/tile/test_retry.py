"""A quarantined slide is tried again when its file or its row changes, and only then."""

import csv
import os
from pathlib import Path

import pytest

from pipeline.core.files import read_json
from pipeline.core.slides.slide import Slide
from pipeline.engine.evict import evict
from pipeline.engine.plan import Plan
from pipeline.engine.run import run
from pipeline.study.sheet import write_sheet

READY = (Path(__file__).parents[2] / "workflow/studies/slides.yaml").read_text()
STUDY = READY.replace("mpp: 0.5, size: 256, stride: 256", "mpp: 1, size: 64, stride: 64")
SHEET = Path("data/slides.csv")
LOST = Path("data/tiles/lost.json")
ROWS = [
    Slide(slide_id="a", path="a.tif", patient_id="A", site="x", stain="HE", split="train", label="t"),
    Slide(slide_id="lost", path="lost.tif", patient_id="L", site="x", stain="HE", split="test", label="u"),
    Slide(slide_id="i", path="a.tif", patient_id="C", site="x", stain="IHC", split="train"),
]


def tile():
    """Runs what Snakemake would: the missing products of the phase; returns their keys."""
    plan, ran = Plan.here(), []
    evict(plan, "tile")
    for job in plan.phase("tile"):
        if not job.manifest.exists():
            run(job)
            ran.append("/".join(job.key) or "index")
    return ran


def quarantine():
    return list(csv.DictReader(Path("data/tiles/quarantine.csv").read_text().splitlines()))


@pytest.fixture
def tiled(study, write_tiff, tissue_like):
    """A tiled study in which one slide has no resolution."""
    (study / "params.yaml").write_text(
        STUDY.replace("mpp: 0.5, size: 256, stride: 256", "mpp: 1, size: 64, stride: 64")
    )
    write_tiff(tissue_like(256), name="a.tif")
    write_tiff(tissue_like(256), mpp=None, name="lost.tif")
    write_sheet(SHEET, ROWS)
    assert tile() == ["a", "lost", "i", "index"]


def test_it_is_listed_and_left_alone(tiled):
    (row,) = quarantine()
    manifest = read_json(LOST)
    assert manifest["status"] == "quarantined"
    assert row == {"slide": "lost", "path": "lost.tif", **{key: manifest[key] for key in ("stage", "error", "fix")}}
    assert tile() == []


def test_a_new_date_is_no_change(tiled):
    os.utime("lost.tif")
    assert tile() == []


def test_another_row_is_no_change(tiled):
    write_sheet(SHEET, [ROWS[0].changed(site="y"), *ROWS[1:]])
    assert tile() == ["a", "index"]
    assert [row["slide"] for row in quarantine()] == ["lost"]


def test_a_file_that_was_fixed(tiled, write_tiff, tissue_like):
    write_tiff(tissue_like(256), mpp=0.5, name="lost.tif")
    assert tile() == ["lost", "index"]
    assert read_json(LOST)["tiles"] == 4
    assert Path("data/tiles/quarantine.csv").read_text() == "slide,path,stage,error,fix\n"


def test_a_row_that_was_filled_in(tiled):
    write_sheet(SHEET, [ROWS[0], ROWS[1].changed(mpp=0.5), ROWS[2]])
    assert tile() == ["lost", "index"]
    assert read_json(LOST)["tiles"] == 4
    assert quarantine() == []
