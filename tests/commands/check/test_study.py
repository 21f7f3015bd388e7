from pathlib import Path

import pytest

from pipeline.commands.check.study import find_study
from pipeline.core.slides.slide import Slide
from pipeline.study.sheet import write_sheet

READY = (Path(__file__).parents[3] / "workflow/studies/slides.yaml").read_text()


def slide(name, path, patient, stain="HE", split="train", **more):
    given = {"slide_id": name, "path": path, "patient_id": patient, "site": "x", "stain": stain, "split": split}
    return Slide(**{**given, **more})


ROWS = [
    slide("a", "scan.1.tif", "A", label="t"),
    slide("b", "b.tif", "B", split="test", label="u"),
    slide("i", "i.tif", "C", "IHC"),
]


@pytest.fixture
def here(study):
    """A sound study of three slides, of which params.yaml and the rows may be others."""

    def write(text=READY, rows=ROWS):
        for name in ("scan.1.tif", "b.tif", "i.tif"):
            Path(name).touch()
        Path("params.yaml").write_text(text)
        write_sheet(Path("data/slides.csv"), rows)
        return find_study()

    return write


def test_a_sound_study(here):
    found = here()
    assert found.problems == []
    assert found.known
    assert [*found.requests()] == ["a", "b", "i"]
    assert found.simulated() == {}


def test_a_wrong_study_keeps_its_tile_section_and_its_slides(here):
    found = here(READY.replace("mpp: 0.5", "mpp: 0.75") + "bogus: 1\n")
    assert not found.known
    assert ["bogus" in str(problem) for problem in found.problems] == [True]
    assert {request.mpp for request in found.requests().values()} == {0.75}
    assert found.without({"a"}) == []


@pytest.mark.parametrize("text", ["", "tile: [", "tile: {mpp: -1}", "7"])
def test_without_a_tile_section_the_defaults_are_taken(here, text):
    found = here(text)
    assert len(found.problems) == 1
    assert (found.study.tile.mpp, found.study.tile.size, len(found.slides)) == (0.5, 256, 3)


def test_mistakes_of_both_files_come_together(here):
    found = here(
        "bogus: 1\n",
        [*ROWS, slide("z", "missing.tif", "Z")],
    )
    assert len(found.problems) == 2
    assert found.slides == {}


def test_what_the_study_misses_without_a_slide(here):
    (problem,) = here().without({"i"})
    assert "IHC" in str(problem)


def test_coordinates_are_found_by_id_or_file_but_not_for_registered_slides(here):
    Path("given").mkdir()
    for name in ("scan.1.h5", "b.h5", "r.h5"):
        Path("given", name).touch()
    text = READY.replace("tile: {", "tile: {coordinates: given, ")
    requests = here(
        text,
        [
            *ROWS,
            slide("r", "i.tif", "A", "IHC", paired_with="a"),
        ],
    ).requests()
    assert {name: request.given for name, request in requests.items()} == {
        "a": Path("given/scan.1.h5"), "b": Path("given/b.h5"), "i": None, "r": None,
    }  # fmt: skip
