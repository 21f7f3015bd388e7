import csv
import os
import re
from pathlib import Path

import numpy as np
import pytest
import typer

from pipeline.commands.check.command import COLUMNS, check
from pipeline.core.errors import SheetError
from pipeline.study.sheet import Slide, write_sheet

READY = (Path(__file__).parents[3] / "workflow/studies/slides.yaml").read_text()
STUDY = READY.replace("mpp: 0.5, size: 256, stride: 256", "mpp: 1, size: 64, stride: 64")


def run(capsys, **more):
    """Exit status and what a person sees, spaces and frames of tables made single spaces."""
    status = 0
    try:
        check(**{"quick": False, "table": None, "workers": 1, "limit": 60.0, **more})
    except typer.Exit as error:
        status = error.exit_code
    return status, re.sub(r"[\s│┃]+", " ", capsys.readouterr().err)


def read(path):
    return list(csv.DictReader(path.read_text().splitlines()))


@pytest.fixture
def sheet(study, write_tiff, tissue_like):
    """A sheet of two HE patients and an unregistered IHC slide, 512 px each; more slides by request."""
    (study / "params.yaml").write_text(
        STUDY.replace("mpp: 0.5, size: 256, stride: 256", "mpp: 1, size: 64, stride: 64")
    )
    write_tiff(tissue_like(512), name="good.tif")

    def write(*more):
        rows = [
            Slide(slide_id="a", path="good.tif", patient_id="A", site="x", stain="HE", split="train", label="t"),
            Slide(slide_id="b", path="good.tif", patient_id="B", site="x", stain="HE", split="test", label="u"),
            Slide(slide_id="i", path="good.tif", patient_id="C", site="x", stain="IHC", split="train"),
        ]
        write_sheet(study / "data/slides.csv", [*rows, *more])

    return write


def test_a_fit_cohort(sheet, capsys):
    sheet()
    status, screen = run(capsys)
    assert status == 0
    assert re.search(r"HE x train 1 1 1 16 [\d.]+ kB", screen)
    assert re.search(r"all 3 3 3 48 [\d.]+ [kM]B", screen)
    assert re.search(r"Tiling: about [\d.]+ s on one core", screen)
    assert re.search(r"Memory: about [\d.]+ MB for the tile job of the largest slide", screen)


def test_unfit_slides_are_told_with_fix_and_what_the_study_then_misses(sheet, capsys, write_tiff, tissue_like):
    write_tiff(tissue_like(512), mpp=None, name="bad.tif")
    sheet(Slide(slide_id="r", path="bad.tif", patient_id="A", site="x", stain="IHC", split="train", paired_with="a"))
    Path("good.tif").write_bytes(b"II*\0broken")
    status, screen = run(capsys, table=Path("out/slides.csv"))
    assert status == 1
    assert "4 of 4 slides would be quarantined" in screen
    assert re.search(r"r \(open\): .*no resolution.* \(bad.tif\) fix: .*column 'mpp' of the slide sheet", screen)
    assert "Without them: one stain is to be the primary one" in screen
    assert "Traceback" not in screen
    rows = read(Path("out/slides.csv"))
    assert tuple(rows[0]) == COLUMNS
    assert [(r["slide"], r["fit"], r["stage"]) for r in rows] == [(name, "no", "open") for name in "abir"]
    assert not list(Path("out").glob("*.partial"))


def test_at_most_20_unfit_slides_are_shown_and_the_table_has_all(sheet, capsys, write_tiff, tissue_like):
    write_tiff(tissue_like(512), mpp=None, name="bad.tif")
    sheet(
        *(
            Slide(slide_id=f"n{i:02}", path="bad.tif", patient_id=f"N{i}", site="x", stain="HE", split="train")
            for i in range(23)
        )
    )
    status, screen = run(capsys, table=Path("slides.csv"))
    assert status == 1
    assert "n19 (open)" in screen
    assert "n20" not in screen
    assert "and 3 more; all are in slides.csv" in screen
    assert "Without them" not in screen
    rows = {r["slide"]: r for r in read(Path("slides.csv"))}
    assert sum(r["fit"] == "no" for r in rows.values()) == 23
    assert (rows["a"]["tiles"], rows["a"]["tissue"], rows["a"]["mpp"]) == ("16", "counted", "0.5")


def test_a_slide_that_takes_too_long_is_a_row(sheet, capsys):
    os.mkfifo("pipe.tif")  # whoever opens it waits for someone to write
    sheet(Slide(slide_id="z", path="pipe.tif", patient_id="Z", site="x", stain="HE", split="train"))
    status, screen = run(capsys, limit=3.0)
    assert status == 1
    assert "1 of 4 slides would be quarantined" in screen
    assert "z (check): no answer within 3 s fix: copy or export the file again" in screen


def test_quick_reads_two_files_alone(sheet, capsys):
    sheet()
    Path("good.tif").write_bytes(b"")
    status, screen = run(capsys, quick=True)
    assert status == 0
    assert "all 3 3" in screen
    assert "tile 4" in screen
    assert "Tiling" not in screen


def test_a_mistake_in_the_sheet_stops_it(sheet, capsys):
    sheet(Slide(slide_id="z", path="missing.tif", patient_id="Z", site="x", stain="HE", split="train"))
    with pytest.raises(SheetError, match="is missing"):
        run(capsys)


@pytest.mark.slow
def test_ten_thousand_rows(sheet, capsys, write_tiff, tissue_like):
    for i in range(5):
        write_tiff(tissue_like(128, seed=i), name=f"{i}.tif")
    write_tiff(np.zeros((64, 64, 3), np.uint8), mpp=None, name="bad.tif")
    paths = [f"{i % 5}.tif" if i % 1000 else "bad.tif" for i in range(10_000)]
    sheet(
        *(
            Slide(slide_id=f"n{i}", path=path, patient_id=f"N{i // 2}", site=f"site{i % 7}", stain="HE", split="")
            for i, path in enumerate(paths)
        )
    )
    status, screen = run(capsys, workers=2, table=Path("slides.csv"))
    assert status == 1
    assert "10 of 10,003 slides would be quarantined" in screen
    assert "all 5,003 10,003 9,993 10,038" in screen
    assert len(Path("slides.csv").read_text().splitlines()) == 10_004
