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


def test_the_region_decides_wherever_it_stands_in_the_name(tmp_path):
    names = ("7[1,2]", "19[1,2]_M2", "[1,2]", "3[1,20]", "4[1,20]-b")
    make(tmp_path, *(f"{part}{side}/{name}.png" for part in ("train", "test") for side in "AB" for name in names))
    write_sheet(tmp_path / "slides.csv", find_slides(tmp_path, tmp_path / "study"))
    slides = read_sheet(tmp_path / "slides.csv", seed=0, test_share=0.5)
    assert {name: slide.patient_id for name, slide in slides.items()} == {
        "1_2-HE": "1_2", "1_2-mIHC": "1_2", "1_20-HE": "1_20", "1_20-mIHC": "1_20",
    }  # fmt: skip
    crops = [path.relative_to(tmp_path).as_posix() for path in slides["1_2-HE"].files()]
    assert crops == [f"{part}A/{name}.png" for part in ("test", "train") for name in ("19[1,2]_M2", "7[1,2]", "[1,2]")]


def test_regions_may_be_called_by_what_they_are_and_whole_images_are_patients(tmp_path):
    make(tmp_path, *(f"train{side}/{name}.png" for side in "AB" for name in ("7[1,2]", "plain")))
    units = {row.slide_id: row.unit for row in find_slides(tmp_path, tmp_path / "study", "regions")}
    assert units == {"1_2-HE": "regions", "1_2-mIHC": "regions", "plain-HE": "patients", "plain-mIHC": "patients"}
    assert {row.unit for row in find_slides(tmp_path, tmp_path / "study")} == {"patients"}


def test_an_image_of_two_regions_is_refused(tmp_path):
    make(tmp_path, "trainA/[1,2][3,4].png", "trainB/[1,2][3,4].png")
    with pytest.raises(StudyError, match=r"regions \[1,2\] and \[3,4\]"):
        find_slides(tmp_path, tmp_path / "study")


def test_names_that_look_alike_in_a_sheet_stay_apart(tmp_path):
    make(tmp_path, *(f"train{side}/{name}.png" for side in "AB" for name in ("a 1", "a_1", "[a,1]")))
    rows = {row.slide_id: row for row in find_slides(tmp_path, tmp_path / "study")}
    assert sorted(rows) == ["a_1-2-HE", "a_1-2-mIHC", "a_1-3-HE", "a_1-3-mIHC", "a_1-HE", "a_1-mIHC"]
    assert all(len(row.files()) == 1 for row in rows.values())


def test_a_plain_name_is_the_whole_name(tmp_path):
    make(tmp_path, *(f"train{side}/{name}.png" for side in "AB" for name in ("1", "11")))
    rows = {row.slide_id: row for row in find_slides(tmp_path, tmp_path / "study")}
    assert [path.name for path in rows["1-HE"].files()] == ["1.png"]
    assert [path.name for path in rows["11-mIHC"].files()] == ["11.png"]


def test_paired_with_is_all_a_listed_slide_needs_to_share_its_patient(tmp_path):
    make(tmp_path, "raw/a.svs", "raw/b.svs")
    he, ihc = find_slides(tmp_path / "raw", tmp_path)
    pair = [
        he.changed(path=str(tmp_path / he.path)),
        ihc.changed(path=str(tmp_path / ihc.path), stain="IHC", paired_with="a"),
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


@pytest.fixture
def dicom(real_data, tmp_path):
    """Lays DICOM files into folders; returns what is found there: slide_id to path."""
    places = {
        "box": real_data / "wsi_openslide_python/tests/fixtures",
        "sm_": real_data / "dicom_sm_highdicom/data/test_files",
        "mul": real_data / "wsi_google_dicom/pathology/dicom_proxy/testdata",
    }

    def find(*names):
        for name in names:
            place = tmp_path / "raw" / name
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.suffix == ".dcm":
                place.symlink_to(places[place.name[:3]] / place.name)
            else:
                place.touch()
        return {row.slide_id: row.path for row in find_slides(tmp_path / "raw", tmp_path)}

    return find


def test_a_folder_of_several_series_has_a_slide_for_each(dicom):
    names = (
        "boxes_0.dcm",
        "boxes_1.dcm",
        "sm_image.dcm",
        "sm_image_control.dcm",
        "sm_image_dots.dcm",
        "sm_annotations.dcm",
    )
    assert dicom(*(f"a/{name}" for name in names)) == {
        "a_boxes_0": "raw/a/boxes_0.dcm",
        "a_sm_image": "raw/a/sm_image.dcm",
        "a_sm_image_dots": "raw/a/sm_image_dots.dcm",
    }


@pytest.mark.parametrize("beside", ["a/picture.png", "a/b.svs", "a/sm_annotations.dcm", "a/labels.csv", "a/b/c.svs"])
def test_a_series_with_something_beside_it_is_its_first_file(dicom, beside):
    assert dicom("a/boxes_0.dcm", "a/boxes_1.dcm", beside)["a_boxes_0"] == "raw/a/boxes_0.dcm"


def test_a_series_alone_in_its_folder_is_the_folder(dicom):
    found = dicom("a/boxes_0.dcm", "a/boxes_1.dcm", "b/sm_image.dcm", "b/.DS_Store", "c.svs")
    assert found == {"a": "raw/a", "b": "raw/b", "c": "raw/c.svs"}


def test_any_names_give_a_sheet_that_can_be_read(tmp_path):
    for name in ("A 1.svs", "A_1.svs", "é.svs", "😐.svs", "sub/._scan.svs", ".hidden/b.svs"):
        (tmp_path / "raw" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "raw" / name).touch()
    rows = find_slides(tmp_path / "raw", tmp_path)
    assert sorted(row.slide_id for row in rows) == ["A_1", "A_1-2", "raw", "é"]
    path = tmp_path / "slides.csv"
    write_sheet(path, [row.changed(path=str(tmp_path / row.path)) for row in rows])
    assert len(read_sheet(path, seed=0, test_share=0.3)) == 4


def test_nothing_found(tmp_path):
    with pytest.raises(StudyError, match="no slides found"):
        find_slides(tmp_path, tmp_path / "study")
