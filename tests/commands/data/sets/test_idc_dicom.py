from pathlib import Path

import openslide
import pytest

from pipeline.core.errors import StudyError
from tests.commands.data.dicom import write_dicom
from tests.commands.data.drawn import check, init, sheet

HE = ("Hematoxylin stain", "Water soluble eosin stain")
PATIENTS = {"P1": ["1.2.101", "1.2.102"], "P2": ["1.2.201"], "P3": ["1.2.301"]}


def place(root, patient, series, modality="SM"):
    return root / f"cptac_luad/{patient}/1.2.9/{modality}_{series}"


@pytest.fixture
def drawn(tmp_path):
    """Four series of three patients, in one collection; annotations of one of them beside."""
    for patient, series in PATIENTS.items():
        for uid in series:
            more = {"patient": patient, "series": uid, "container": f"{patient}-slide", "stains": HE}
            write_dicom(place(tmp_path / "raw", patient, uid) / f"{uid[-3:]}.dcm", f"{uid}.1", **more)
    write_dicom(place(tmp_path / "raw", "P1", "1.2.7", "SEG") / "a.dcm", "1.2.7.1", modality="SEG", side=16)
    return tmp_path / "raw"


def test_a_series_is_a_slide_of_the_patient_in_its_header(drawn, tmp_path, monkeypatch):
    said = init(tmp_path / "study", "idc-dicom", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert {name: slide.patient_id for name, slide in slides.items()} == {
        "P1-slide-12101": "P1",
        "P1-slide-12102": "P1",
        "P2-slide": "P2",
        "P3-slide": "P3",
    }
    assert {slide.site for slide in slides.values()} == {"cptac_luad"}
    assert slides["P2-slide"].path == str(place(drawn, "P2", "1.2.201"))
    assert "4 to be drawn" in said
    assert "Left out: 1 series of modality SEG." in said


def test_the_study_is_fit(drawn, tmp_path):
    init(tmp_path / "study", "idc-dicom", drawn)
    status, said = check(tmp_path / "study")
    assert status == 0, said


def test_other_folders_and_what_lies_beside_a_series_do_not_matter(drawn, tmp_path, monkeypatch):
    for number, path in enumerate(sorted(drawn.rglob("SM_*/*.dcm"))):
        path.rename(drawn / f"{number}.dcm")
    next(drawn.rglob("SEG_*/a.dcm")).rename(drawn / "a.dcm")
    init(tmp_path / "study", "idc-dicom", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert {slide.patient_id for slide in slides.values()} == set(PATIENTS)
    assert {Path(slide.path).name for slide in slides.values()} == {f"{number}.dcm" for number in range(4)}
    assert {slide.site for slide in slides.values()} == {"unknown"}


def test_slides_without_eosin_are_left_out_and_those_of_unknown_stains_are_taken(drawn, tmp_path, monkeypatch):
    for patient, stains in (("P4", ("Hematoxylin stain", "Ki-67 stain")), ("P5", ())):
        more = {"patient": patient, "series": "1.2.4", "container": f"{patient}-slide", "stains": stains}
        write_dicom(place(drawn, patient, "1.2.4") / "a.dcm", f"1.2.4.{patient[1]}", **more)
    said = init(tmp_path / "study", "idc-dicom", drawn)
    assert "1 slides with Hematoxylin stain and Ki-67 stain" in said
    assert {slide.patient_id for slide in sheet(tmp_path / "study", monkeypatch).values()} == {*PATIENTS, "P5"}


def test_series_that_are_no_slides_are_named(drawn, tmp_path):
    (place(drawn, "P2", "1.2.201") / "201.dcm").write_bytes(b"cut off")
    place(drawn, "P3", "1.2.301").rename(place(drawn, "P3", "1.2.999"))
    write_dicom(place(drawn, "P1", "1.2.5") / "a.dcm", "1.2.5.1", patient="", series="1.2.5")
    (place(drawn, "P1", "1.2.101") / "b.dcm.part").touch()
    with pytest.raises(StudyError) as error:
        init(tmp_path / "study", "idc-dicom", drawn)
    for line in (
        "P2/1.2.9/SM_1.2.201 holds no slide that can be opened",
        "P3/1.2.9/SM_1.2.999 holds series 1.2.301",
        "P1/1.2.9/SM_1.2.5/a.dcm has no PatientID in its header",
        "P1/1.2.9/SM_1.2.101/b.dcm.part is not complete",
    ):
        assert f"cptac_luad/{line}" in error.value.message
    assert not (tmp_path / "study").exists()


def test_another_folder_is_refused(tmp_path):
    (tmp_path / "a.svs").touch()
    with pytest.raises(StudyError, match="no DICOM file of slide microscopy in any folder"):
        init(tmp_path / "study", "idc-dicom", tmp_path, "--partial")


@pytest.fixture
def real(real_data, tmp_path):
    """Lays real files into the folders of their series; returns what two of the headers say."""
    dots = real_data / "dicom_sm_highdicom/data/test_files"
    lone = real_data / "wsi_google_dicom/pathology/dicom_proxy/testdata/multi_frame_jpeg_camelyon_challenge_image.dcm"

    def lay(*names):
        for path in [dots / name for name in names] or [lone]:
            with openslide.OpenSlide(path) as slide:
                home = place(tmp_path / "raw", "AA01", slide.properties["dicom.SeriesInstanceUID"])
            home.mkdir(parents=True, exist_ok=True)
            (home / path.name).symlink_to(path)
        beside = place(tmp_path / "raw", "AA01", "1.2.3", "ANN")
        beside.mkdir()
        (beside / "sm_annotations.dcm").symlink_to(dots / "sm_annotations.dcm")
        return tmp_path / "raw"

    return lay


def test_real_headers_name_patient_and_slide(real, tmp_path, monkeypatch):
    said = init(tmp_path / "study", "idc-dicom", real("sm_image.dcm", "sm_image_dots.dcm"))
    slides = sheet(tmp_path / "study", monkeypatch)
    assert set(slides) == {"S19-1_A_1_1-817453", "S19-1_A_1_1-077884"}
    assert {(slide.patient_id, slide.site) for slide in slides.values()} == {("AA01", "cptac_luad")}
    assert "1 series of modality ANN" in said


def test_a_real_slide_without_a_patient_is_told(real, tmp_path):
    with pytest.raises(StudyError, match="has no PatientID in its header"):
        init(tmp_path / "study", "idc-dicom", real())


def test_a_series_that_lies_there_twice_is_refused(drawn, tmp_path):
    for path in list(drawn.rglob("SM_1.2.201/*.dcm")):
        (drawn / "copy").mkdir()
        (drawn / "copy" / path.name).write_bytes(path.read_bytes())
    with pytest.raises(StudyError, match="1 names of slides are taken twice, such as P2-slide-12201 by "):
        init(tmp_path / "study", "idc-dicom", drawn)
    assert not (tmp_path / "study").exists()
