from pathlib import Path

import pytest

from pipeline.commands.export import FORMATS
from pipeline.commands.export.folder import write_folder
from pipeline.core.errors import ProductError, StudyError


def test_an_unknown_format_is_told_with_the_known(study):
    with pytest.raises(StudyError, match="'qupath'") as error:
        write_folder("qupath", Path("out"))
    assert error.value.fix == "one of: trident, clam, png"


def test_only_named_slides_are_written_and_each_once(cohort):
    write_folder("clam", Path("out"), ["B1-HE", "B1-HE"])
    assert [path.name for path in Path("out/patches").iterdir()] == ["B1-HE.h5"]


@pytest.mark.parametrize(("name", "found"), [("C1-HE", "is quarantined: the slide has 3"), ("Z", "'Z' has no tiles")])
def test_a_slide_without_tiles_is_refused(cohort, name, found):
    with pytest.raises(ProductError, match=found) as error:
        write_folder("clam", Path("out"), ["A1-HE", name])
    assert error.value.fix == "complete are: A1-HE, B1-HE"
    assert not Path("out").exists()


def test_a_study_without_tiles_is_refused(study):
    with pytest.raises(ProductError, match="no complete slide"):
        write_folder("png", Path("out"))


@pytest.mark.parametrize("to", FORMATS)
def test_what_lies_in_the_folder_is_not_overwritten(cohort, to):
    Path("out").mkdir()
    Path("out/mine.txt").write_text("mine")
    with pytest.raises(ProductError, match="something already"):
        write_folder(to, Path("out"))
    assert [path.name for path in Path("out").iterdir()] == ["mine.txt"]


def test_an_empty_folder_and_leftovers_of_a_killed_export_are_in_no_ones_way(cohort):
    Path("out").mkdir()
    Path("deep/out.partial/patches").mkdir(parents=True)
    Path("deep/out.partial/patches/old.h5").touch()
    for folder in ("out", "deep/out"):
        write_folder("clam", Path(folder))
        assert sorted(path.name for path in Path(folder).rglob("*.h5")) == ["A1-HE.h5", "B1-HE.h5"]
    assert not Path("deep/out.partial").exists()
