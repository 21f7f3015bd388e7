from pathlib import Path

import pytest

from pipeline.commands.embed.slides import named_slides
from pipeline.core.errors import SheetError


def names(*places, **more):
    return [slide.slide_id for slide in named_slides(map(str, places), more.get("stain", "HE"), more.get("mpp"))]


def test_files_folders_and_sheets_name_slides(finished):
    assert names("data/phantom/c-HE.tif", "data/phantom/a-HE.tif") == ["c-HE", "a-HE"]
    assert names("data/phantom") == ["a-HE", "b-HE", "c-HE"]
    assert names("data/slides.csv") == ["a-HE", "b-HE", "c-HE"]


def test_a_resolution_overrides_that_of_the_files(finished):
    (slide,) = named_slides(["data/phantom/c-HE.tif"], "HE", 0.25)
    assert (slide.mpp, slide.stain) == (0.25, "HE")


def test_the_resolution_of_a_sheet_counts_more(finished):
    Path("sheet.csv").write_text("slide_id,path,mpp\na,data/phantom/a-HE.tif,0.5\nb,data/phantom/b-HE.tif,\n")
    assert [slide.mpp for slide in named_slides(["sheet.csv"], "HE", 0.25)] == [0.5, 0.25]


def test_what_makes_no_file_name_is_replaced(tmp_path):
    (tmp_path / "case 1 (HE).svs").touch()
    assert names(tmp_path / "case 1 (HE).svs") == ["case_1__HE_"]


@pytest.mark.parametrize(
    ("places", "found"),
    [
        (["nowhere.svs"], "no slide 'nowhere.svs'"),
        ([], "no slide of stain 'HE'"),
        (["data/phantom/c-HE.tif", "data/phantom"], "several slides named c-HE"),
    ],
)
def test_mistakes_are_told(finished, places, found):
    with pytest.raises(SheetError, match=found):
        named_slides(places, "HE", None)


def test_slides_of_another_stain_in_a_sheet_are_left_out(finished):
    with pytest.raises(SheetError, match="no slide of stain 'IHC'"):
        named_slides([str(Path("data/slides.csv"))], "IHC", None)


@pytest.mark.parametrize(
    ("name", "found"), [("reference", "taken by"), ("index", "taken by"), ("a.recipe", "taken by")]
)
def test_a_name_that_no_slide_may_have_is_told_with_a_way_out(tmp_path, name, found):
    (tmp_path / f"{name}.svs").touch()
    for place in (tmp_path / f"{name}.svs", tmp_path):
        with pytest.raises(SheetError, match=f"a slide cannot be called '{name}': {found}") as error:
            names(place)
        assert "slide sheet" in error.value.fix


def test_a_file_without_a_letter_is_called_after_its_folder(tmp_path):
    (tmp_path / "case").mkdir()
    (tmp_path / "case/___.svs").touch()
    assert names(tmp_path / "case/___.svs") == ["case"]


def test_of_registered_pairs_those_of_the_stain_are_taken(tmp_path):
    for side in "AB":
        (tmp_path / f"train{side}").mkdir()
        (tmp_path / f"train{side}/1.png").touch()
    assert names(tmp_path) == ["1-HE"]
    assert names(tmp_path, stain="mIHC") == ["1-mIHC"]
