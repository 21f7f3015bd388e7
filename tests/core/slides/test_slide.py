import pytest
from pydantic import ValidationError

from pipeline.core.slides.slide import Slide


def test_pattern_lists_files_in_name_order(tmp_path):
    for name in ("2[7].png", "1[7].png", "1[8].png"):
        (tmp_path / name).write_bytes(b"x")
    slide = Slide(slide_id="a", path=f"{tmp_path}/*[[]7].png")
    assert [path.name for path in slide.files()] == ["1[7].png", "2[7].png"]


def test_a_folder_is_its_images(tmp_path):
    for name in ("b.png", "a.TIF", "labels.csv", ".hidden.png"):
        (tmp_path / name).touch()
    slide = Slide(slide_id="s", path=str(tmp_path))
    assert [path.name for path in slide.files()] == ["a.TIF", "b.png"]


def test_a_folder_of_dicom_files_is_one_image_of_many_files(tmp_path):
    for folder, suffix in (("dicom", "dcm"), ("crops", "png")):
        (tmp_path / folder).mkdir()
        for name in "ab":
            (tmp_path / folder / f"{name}.{suffix}").write_bytes(b"x")
    dicom, crops = (Slide(slide_id=name, path=str(tmp_path / name)) for name in ("dicom", "crops"))
    assert dicom.images() == [tmp_path / "dicom"]
    assert dicom.files() == [tmp_path / "dicom" / "a.dcm", tmp_path / "dicom" / "b.dcm"]
    assert crops.images() == crops.files()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("slide_id", name) for name in ("", "a/b", ".a", "-a", "_", "index", "reference", "a.recipe", "a.truth")),
        ("path", ""),
        ("site", ""),
        ("stain", ""),
        ("split", "dev"),
        *(("mpp", mpp) for mpp in (0.0, 0.00019, 20.1, -0.5, float("nan"), float("inf"), "fine")),
        ("colour", "red"),
    ],
)
def test_what_no_column_may_hold(column, value):
    with pytest.raises(ValidationError) as error:
        Slide.model_validate({"slide_id": "a", "path": "a.svs", column: value})
    assert [item["loc"] for item in error.value.errors()] == [(column,)]


def test_a_row_makes_the_slide_again():
    slide = Slide(slide_id="a", path="a.svs", patient_id="p", split="val", mpp=0.25, paired_with="b")
    assert Slide(**slide.row()) == slide
    assert list(slide.row())[:6] == ["slide_id", "path", "patient_id", "site", "stain", "split"]


def test_what_its_patients_are_called_is_no_part_of_a_job():
    slide = Slide(slide_id="a", path="a.svs")
    assert slide.spec() == slide.changed(unit="regions").spec()
    assert Slide(**slide.spec()) == slide
    assert slide.row() == {**slide.spec(), "unit": "patients"}


def test_a_changed_slide_is_validated():
    slide = Slide(slide_id="a", path="a.svs")
    assert slide.changed(site="x") == Slide(slide_id="a", path="a.svs", site="x")
    with pytest.raises(ValidationError):
        slide.changed(split="dev")


def test_a_mirax_slide_is_read_from_its_folder_too(tmp_path):
    (tmp_path / "a").mkdir()
    for name in ("a.mrxs", "b.mrxs", "a/Slidedat.ini", "a/Data0000.dat", "a/.DS_Store"):
        (tmp_path / name).touch()
    slide = Slide(slide_id="a", path=str(tmp_path / "a.mrxs"))
    assert slide.files() == [tmp_path / name for name in ("a.mrxs", "a/Data0000.dat", "a/Slidedat.ini")]
    assert slide.images() == [tmp_path / "a.mrxs"]


def test_a_dicom_file_is_read_with_its_series(real_data, tmp_path):
    first = real_data / "wsi_openslide_python/tests/fixtures"
    other = real_data / "dicom_sm_highdicom/data/test_files"
    for path in (first / "boxes_0.dcm", first / "boxes_1.dcm", other / "sm_image.dcm", other / "sm_annotations.dcm"):
        (tmp_path / path.name).symlink_to(path)
    slide = Slide(slide_id="a", path=str(tmp_path / "boxes_1.dcm"))
    assert slide.files() == [tmp_path / "boxes_1.dcm", tmp_path / "boxes_0.dcm"]
    assert slide.images() == [tmp_path / "boxes_1.dcm"]
    assert Slide(slide_id="b", path=str(tmp_path / "sm_image.dcm")).files() == [tmp_path / "sm_image.dcm"]


def test_a_damaged_dicom_file_is_itself(tmp_path):
    for name in ("a.dcm", "b.dcm"):
        (tmp_path / name).write_bytes(b"x")
    assert Slide(slide_id="a", path=str(tmp_path / "a.dcm")).files() == [tmp_path / "a.dcm"]
