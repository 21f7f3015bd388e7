import numpy as np
import pytest
import yaml

from pipeline.commands.data.sets import glas
from pipeline.core.errors import StudyError
from tests.commands.data.drawn import check, init, patients, picture, save, sheet

GRADES = {
    "train_1": (2, "malignant"),
    "train_10": (13, "benign"),
    "testA_1": (13, "benign"),
    "testB_1": (2, "malignant"),
}
HOME = "Warwick_QU_Dataset"


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Four images with two glands each, and a table with spaces whose lines end in CR, as the published one's."""
    monkeypatch.setattr(glas, "SETS", {"train": ("train", 2), "testA": ("test", 1), "testB": ("test", 1)})
    home = tmp_path / "raw" / HOME
    for seed, name in enumerate(GRADES):
        picture(home / f"{name}.bmp", 300, seed=seed)
        mask = np.zeros((300, 300), np.uint8)
        mask[20:90, 20:90], mask[20:90, 90:150] = 1, 7
        save(home / f"{name}_anno.bmp", mask)
    lines = [f"{name},{patient}, {grade}, adenomatous" for name, (patient, grade) in GRADES.items()]
    head = "name,patient ID, grade (GlaS), grade (Sirinukunwattana et al. 2015)"
    (home / "Grade.csv").write_bytes("\r".join([head, *lines, ""]).encode())
    return tmp_path / "raw"


def test_sets_stand_for_patients_whom_they_share(drawn, tmp_path, monkeypatch):
    said = init(tmp_path / "study", "glas", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert {name: (s.split, s.label) for name, s in slides.items() if s.stain == "HE"} == {
        "train_1": ("train", "malignant"),
        "train_10": ("train", "benign"),
        "testA_1": ("test", "benign"),
        "testB_1": ("test", "malignant"),
    }
    assert (patients(slides, "train"), patients(slides, "test")) == ({"train"}, {"test"})
    assert slides["testA_1-glands"].paired_with == "testA_1"
    assert "2 of 2 images for training are of patients who are tested, and 2 of 2 images of the test" in said
    assert "The report speaks of sets that share their patients, not of patients." in said


def test_the_study_is_fit_and_glands_are_objects(drawn, tmp_path):
    init(tmp_path / "study", "glas", drawn / HOME)
    stains = yaml.safe_load((tmp_path / "study/params.yaml").read_text())["stains"]
    assert stains["glands"] == {"kind": "mask", "classes": ["gland"], "labels": "instance"}
    status, said = check(tmp_path / "study")
    assert status == 0, said


def test_patients_who_are_parted_are_not_told_to_be_shared(drawn, tmp_path):
    path = drawn / HOME / "Grade.csv"
    path.write_bytes(path.read_bytes().replace(b"testA_1,13", b"testA_1,3").replace(b"testB_1,2", b"testB_1,4"))
    assert "are of patients who are tested" not in init(tmp_path / "study", "glas", drawn)


def test_what_is_missing_is_named(drawn, tmp_path):
    (drawn / HOME / "testA_1.bmp").unlink()
    (drawn / HOME / "train_10_anno.bmp").unlink()
    path = drawn / HOME / "Grade.csv"
    path.write_bytes(path.read_bytes().replace(b"testB_1", b"testB_2").replace(b"benign", b"good"))
    with pytest.raises(StudyError) as error:
        init(tmp_path / "study", "glas", drawn)
    assert "images of testA: 0 instead of 1" in error.value.message
    assert "glands: train_10_anno.bmp missing" in error.value.message
    assert "Grade.csv has grades 'good', expected benign or malignant" in error.value.message
    assert "grades in Grade.csv: testB_1, train_10 missing" in error.value.message
    assert not (tmp_path / "study").exists()


def test_another_layout_is_refused(drawn, tmp_path):
    (drawn / HOME).rename(drawn / "train")
    with pytest.raises(StudyError, match="Warwick_QU_Dataset is missing"):
        init(tmp_path / "study", "glas", drawn, "--partial")


def test_capitals_of_endings_do_not_matter(drawn, tmp_path, monkeypatch):
    for path in (drawn / HOME).glob("*.bmp"):
        path.rename(path.with_suffix(".BMP"))
    init(tmp_path / "study", "glas", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert slides["train_1"].images() == [drawn / HOME / "train_1.BMP"]
    assert slides["train_1-glands"].images() == [drawn / HOME / "train_1_anno.BMP"]


def test_an_image_that_only_its_glands_tell_of_is_named(drawn, tmp_path):
    (drawn / HOME / "train_10.bmp").unlink()
    with pytest.raises(StudyError, match=r"images: train_10\.bmp missing"):
        init(tmp_path / "study", "glas", drawn)


def test_a_table_without_grades_is_told(drawn, tmp_path):
    (drawn / HOME / "Grade.csv").write_text("name,patient ID, grade (GlaS)\n")
    with pytest.raises(StudyError, match=r"grades in Grade\.csv: testA_1, testB_1, train_1 and 1 more missing"):
        init(tmp_path / "study", "glas", drawn)
