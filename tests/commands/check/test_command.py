import csv
import os
import re
from pathlib import Path

import numpy as np
import pytest
import typer

from pipeline.commands.check.command import check
from pipeline.commands.check.tables import COLUMNS
from pipeline.core.slides.slide import Slide
from pipeline.study.sheet import write_sheet

READY = (Path(__file__).parents[3] / "workflow/studies/slides.yaml").read_text()
STUDY = READY.replace("mpp: 0.5, size: 256, stride: 256", "mpp: 1, size: 64, stride: 64")


def slide(name, path, patient, stain="HE", split="train", **more):
    given = {"slide_id": name, "path": path, "patient_id": patient, "site": "x", "stain": stain, "split": split}
    return Slide(**{**given, **more})


def streams(capsys, **more):
    """Exit status, results and notes, spaces and frames of tables made single spaces."""
    status = 0
    try:
        check(**{"quick": False, "table": None, "workers": 1, "limit": 60.0, **more})
    except typer.Exit as error:
        status = error.exit_code
    return status, *(re.sub(r"[\s│┃]+", " ", text) for text in capsys.readouterr())


def run(capsys, **more):
    """Exit status and what a person sees."""
    status, *screen = streams(capsys, **more)
    return status, " ".join(screen)


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
            slide("a", "good.tif", "A", label="t"),
            slide("b", "good.tif", "B", split="test", label="u"),
            slide("i", "good.tif", "C", "IHC"),
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
    sheet(slide("r", "bad.tif", "A", "IHC", paired_with="a"))
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
    sheet(*(slide(f"n{i:02}", "bad.tif", f"N{i}") for i in range(23)))
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
    sheet(slide("z", "pipe.tif", "Z"))
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


def test_results_go_to_stdout_and_notes_to_stderr(sheet, capsys, write_tiff, tissue_like):
    write_tiff(tissue_like(512), mpp=None, name="bad.tif")
    sheet(slide("z", "bad.tif", "Z"))
    status, out, err = streams(capsys)
    assert status == 1
    assert all(text in out for text in ("Cohort", "about tiles", "about disk", "Jobs", "Disk: about"))
    assert "1 of 4 slides would be quarantined" in err
    assert "quarantined" not in out


def test_a_mistake_in_the_sheet_is_told(sheet, capsys):
    sheet(slide("z", "missing.tif", "Z"))
    status, out, err = streams(capsys)
    assert (status, out) == (2, "")
    assert "missing.tif' is missing" in err


@pytest.mark.parametrize(
    ("wrong", "tile"),
    [("bogus: 1\n", "tiles of 64 px, 1 µm/px"), ("tile: {size: 0}\n", "tiles of 256 px, 0.5 µm/px")],
    ids=["elsewhere", "tile"],
)
def test_slides_are_inspected_though_params_are_wrong(sheet, capsys, wrong, tile):
    sheet()
    params = Path("params.yaml")
    kept = [line for line in params.read_text().splitlines() if not (wrong.startswith("tile") and "stride" in line)]
    params.write_text("\n".join(kept) + "\n" + wrong)
    status, out, err = streams(capsys, table=Path("slides.csv"))
    assert status == 2
    assert re.search(r"all 3 3 3 \d+", out)
    assert "Jobs" not in out
    assert "synpriv:" in err
    assert f"slides are inspected for {tile}" in err
    assert [row["fit"] for row in read(Path("slides.csv"))] == ["yes"] * 3


def test_mistakes_of_study_and_sheet_are_told_together(sheet, capsys):
    sheet(slide("z", "missing.tif", "Z"))
    with Path("params.yaml").open("a") as file:
        file.write("bogus: 1\n")
    status, out, err = streams(capsys)
    assert (status, out) == (2, "")
    assert "bogus" in err
    assert "is missing" in err


@pytest.mark.slow
def test_ten_thousand_rows(sheet, capsys, write_tiff, tissue_like):
    for i in range(5):
        write_tiff(tissue_like(128, seed=i), name=f"{i}.tif")
    write_tiff(np.zeros((64, 64, 3), np.uint8), mpp=None, name="bad.tif")
    paths = [f"{i % 5}.tif" if i % 1000 else "bad.tif" for i in range(10_000)]
    sheet(*(slide(f"n{i}", path, f"N{i // 2}", split="", site=f"site{i % 7}") for i, path in enumerate(paths)))
    status, screen = run(capsys, workers=2, table=Path("slides.csv"))
    assert status == 1
    assert "10 of 10,003 slides would be quarantined" in screen
    assert "all 5,003 10,003 9,993 10,038" in screen
    assert len(Path("slides.csv").read_text().splitlines()) == 10_004
