from dataclasses import replace

import pytest

from pipeline.commands.scan import find_slides
from pipeline.core.errors import StudyError
from pipeline.study.sheet import read_sheet, write_sheet


def make(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def test_slides_inside_the_study_have_relative_paths(tmp_path):
    make(tmp_path, "study/raw/a/1.svs", "study/raw/b c.tif", "study/raw/notes.txt")
    rows = find_slides(tmp_path / "study/raw", tmp_path / "study")
    assert [(row.slide_id, row.path) for row in rows] == [("a_1", "raw/a/1.svs"), ("b_c", "raw/b c.tif")]


def test_slides_elsewhere_have_absolute_paths(tmp_path):
    make(tmp_path, "raw/a.svs")
    assert find_slides(tmp_path / "raw", tmp_path / "study")[0].path == str(tmp_path / "raw/a.svs")


def test_crops_of_a_region_are_one_patient_and_pairs_are_registered(tmp_path):
    names = [f"{part}{side}/{crop}[{region}].{end}" for part, region in (("train", "1,2"), ("test", "3,4"))
             for crop in (1, 3) for side, end in (("A", "jpg"), ("B", "tif"))]  # fmt: skip
    make(tmp_path, *names)
    write_sheet(tmp_path / "slides.csv", find_slides(tmp_path, tmp_path / "study"))
    slides = read_sheet(tmp_path / "slides.csv", seed=0, test_share=0.5)
    assert slides["1_2-mIHC"].paired_with == "1_2-HE"
    assert {slide.patient_id for slide in slides.values()} == {"1_2", "3_4"}
    he, ihc = (slides[f"3_4-{stain}"].files() for stain in ("HE", "mIHC"))
    assert [path.stem for path in he] == [path.stem for path in ihc] == ["1[3,4]", "3[3,4]"]


def test_a_plain_name_is_the_whole_name(tmp_path):
    make(tmp_path, *(f"train{side}/{name}.png" for side in "AB" for name in ("1", "11")))
    rows = {row.slide_id: row for row in find_slides(tmp_path, tmp_path / "study")}
    assert [path.name for path in rows["1-HE"].files()] == ["1.png"]
    assert [path.name for path in rows["11-mIHC"].files()] == ["11.png"]


def test_paired_with_is_all_a_listed_slide_needs_to_share_its_patient(tmp_path):
    make(tmp_path, "raw/a.svs", "raw/b.svs")
    he, ihc = find_slides(tmp_path / "raw", tmp_path)
    pair = [
        replace(he, path=str(tmp_path / he.path)),
        replace(ihc, path=str(tmp_path / ihc.path), stain="IHC", paired_with="a"),
    ]
    write_sheet(tmp_path / "slides.csv", pair)
    slides = read_sheet(tmp_path / "slides.csv", seed=0, test_share=0.5)
    assert {slide.patient_id for slide in slides.values()} == {"a"}


def test_a_folder_of_dicom_files_is_one_slide(tmp_path):
    for name in ("a/level0.dcm", "a/level1.dcm", "b.svs"):
        (tmp_path / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "raw" / name).touch()
    rows = find_slides(tmp_path / "raw", tmp_path)
    assert [(row.slide_id, row.path) for row in rows] == [("a", "raw/a"), ("b", "raw/b.svs")]


def test_any_names_give_a_sheet_that_can_be_read(tmp_path):
    for name in ("A 1.svs", "A_1.svs", "é.svs", "😐.svs", "sub/._scan.svs", ".hidden/b.svs"):
        (tmp_path / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "raw" / name).touch()
    rows = find_slides(tmp_path / "raw", tmp_path)
    assert sorted(row.slide_id for row in rows) == ["A_1", "A_1-2", "raw", "é"]
    path = tmp_path / "slides.csv"
    write_sheet(path, [replace(row, path=str(tmp_path / row.path)) for row in rows])
    assert len(read_sheet(path, seed=0, test_share=0.3)) == 4


def test_nothing_found(tmp_path):
    with pytest.raises(StudyError, match="no slides found"):
        find_slides(tmp_path, tmp_path / "study")
