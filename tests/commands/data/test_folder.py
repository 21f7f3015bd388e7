from pathlib import Path

import numpy as np
import pytest
import tifffile

from pipeline.commands.data.folder import Folder
from pipeline.core.errors import StudyError


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "raw/Tissue Images").mkdir(parents=True)
    for name in ("b.PNG", "a.png", "._a.png", "c.png.partial", "table.csv"):
        (tmp_path / "raw/Tissue Images" / name).touch()
    (tmp_path / "raw/__MACOSX").mkdir()
    return Folder(tmp_path / "raw", tmp_path / "study")


def test_spaces_underscores_and_capitals_do_not_matter(folder):
    assert folder.find("tissue_images") == folder.root / "Tissue Images"
    assert folder.find("none", "Tissue-Images/a.png") == folder.root / "Tissue Images/a.png"
    assert not folder.missing


def test_what_is_not_there_is_told_below_the_root(folder):
    assert folder.find("x/y", "z") is None
    assert folder.find("y", below=folder.root / "Tissue Images") is None
    assert folder.missing == ["x/y is missing (nor z)", "Tissue Images/y is missing"]


def test_what_archives_leave_behind_is_no_image(folder):
    assert folder.names(folder.root / "Tissue Images", (".png",)) == ["a.png", "b.PNG"]
    assert folder.names(folder.root) == ["Tissue Images"]


def test_counts_and_lacks_are_told_where_there_are_any(folder):
    folder.count("tiles", 3, 3)
    folder.lack("masks", [])
    assert not folder.missing
    folder.count("tiles", 1000, 2000)
    folder.lack("masks", ["d", "c", "b", "a"])
    assert folder.missing == ["tiles: 1,000 instead of 2,000", "masks: a, b, c and 1 more missing"]


def test_paths_inside_the_study_are_relative(tmp_path):
    (tmp_path / "study/raw[1]").mkdir(parents=True)
    folder = Folder(tmp_path / "study/raw[1]", tmp_path / "study")
    assert folder.path(folder.root) == "raw[1]"
    assert folder.listed("a", folder.root, ["x.png"]) == "data/lists/a.txt"
    assert folder.lists == {Path("data/lists/a.txt"): (Path("raw[1]"), ["x.png"])}


def test_downloads_that_have_not_ended_are_known_by_their_ending(folder):
    assert folder.unfinished(folder.root / "Tissue Images") == ["c.png.partial"]


def test_channels_are_counted_however_they_lie(folder):
    for kind, shape, axes in (("rgb", (8, 8, 3), "YXS"), ("minisblack", (5, 8, 8), "CYX")):
        pixels = np.zeros(shape, np.uint16)
        tifffile.imwrite(folder.root / f"{kind}.ome.tif", pixels, photometric=kind, metadata={"axes": axes})
    assert folder.samples(folder.root / "rgb.ome.tif") == (3, "uint16")
    assert folder.samples(folder.root / "minisblack.ome.tif") == (5, "uint16")
    assert not folder.missing
    assert folder.samples(folder.root / "Tissue Images/a.png") is None
    assert folder.missing[0].startswith("Tissue Images/a.png: cannot open the TIFF: ")


def test_a_file_where_a_folder_belongs_is_told_once_and_holds_nothing(folder):
    place = folder.root / "Tissue Images/a.png"
    assert folder.names(place) == folder.unfinished(place) == []
    assert folder.missing == ["Tissue Images/a.png cannot be listed, expected a folder: Not a directory"]


def test_files_are_known_by_their_stems_whatever_the_capitals_of_their_ending(folder):
    place = folder.root / "Tissue Images"
    assert folder.stems(place, ".png") == {"a": place / "a.png", "b": place / "b.PNG"}


@pytest.mark.parametrize("name", [" a.png", "a\n.png", "a\u2028.png", "a\\b.png", "\udcff.png", ""])
def test_a_name_that_a_list_would_hold_otherwise_is_refused(folder, name):
    with pytest.raises(StudyError, match="cannot stand on a line"):
        folder.listed("a", folder.root, ["1 é'\".png", name])
    assert not folder.lists
