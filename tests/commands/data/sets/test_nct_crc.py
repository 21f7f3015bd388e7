from pathlib import Path

import pytest
import yaml

from pipeline.commands.data.sets import nct_crc
from pipeline.commands.data.sets.nct_crc import CLASSES
from pipeline.core.errors import StudyError
from tests.commands.data.drawn import check, init, patients, picture, sheet

TILES = {"NCT-CRC-HE-100K": 2, "CRC-VAL-HE-7K": 1}  # of a class


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Both sets, and what archives leave beside them."""
    monkeypatch.setattr(nct_crc, "PARTS", {"NCT-CRC-HE-100K": ("train", 18), "CRC-VAL-HE-7K": ("test", 9)})
    for name, count in TILES.items():
        for label in CLASSES:
            for seed in range(count):
                picture(tmp_path / f"nct/{name}/{label}/{label}-AAAA{seed}.tif", 224, seed=seed)
    (tmp_path / "nct/NCT-CRC-HE-100K/ADI/._ADI-AAAA0.tif").touch()
    (tmp_path / "nct/NCT-CRC-HE-100K/ADI/Thumbs.db").touch()
    return tmp_path / "nct"


def test_a_class_of_a_set_is_a_slide_of_unnamed_patients(drawn, tmp_path, monkeypatch):
    said = init(tmp_path / "study", "nct-crc", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert len(slides) == 18
    assert {(s.split, s.patient_id) for s in slides.values()} == {
        ("train", "NCT-CRC-HE-100K"),
        ("test", "CRC-VAL-HE-7K"),
    }
    assert not patients(slides, "train") & patients(slides, "test")
    for name, slide in slides.items():
        assert slide.label == name.rpartition("-")[2]
        images = slide.images()
        assert len(images) == TILES[slide.patient_id]
        assert {path.parent for path in images} == {drawn / slide.patient_id / slide.label}
        assert all(path.is_file() for path in images)
    assert {(s.mpp, s.stain, s.unit) for s in slides.values()} == {(0.5, "HE", "sets of unnamed patients")}
    assert "The report speaks of sets of unnamed patients, not of patients." in said


def test_the_study_is_fit(drawn, tmp_path):
    init(tmp_path / "study", "nct-crc", drawn)
    params = yaml.safe_load((tmp_path / "study/params.yaml").read_text())
    assert params["tile"] == {"mpp": 0.5, "size": 224, "stride": 224, "min_tissue": 0.0}
    assert params["normalize"] == {"method": "none"}
    status, said = check(tmp_path / "study")
    assert status == 0, said
    assert "would be quarantined" not in said


def test_what_is_missing_is_named_and_nothing_written(drawn, tmp_path):
    (drawn / "NCT-CRC-HE-100K/TUM/TUM-AAAA1.tif").unlink()
    for path in (drawn / "CRC-VAL-HE-7K/MUC").iterdir():
        path.unlink()
    (drawn / "CRC-VAL-HE-7K/MUC").rmdir()
    with pytest.raises(StudyError) as error:
        init(tmp_path / "study", "nct-crc", drawn)
    assert "tiles in NCT-CRC-HE-100K: 17 instead of 18" in error.value.message
    assert "CRC-VAL-HE-7K/MUC is missing" in error.value.message
    assert "--partial" in error.value.fix
    assert not (tmp_path / "study").exists()


def test_a_part_is_taken_where_that_is_asked_for(drawn, tmp_path, monkeypatch):
    for label in CLASSES[1:]:
        for path in (drawn / "NCT-CRC-HE-100K" / label).iterdir():
            path.unlink()
    said = init(tmp_path / "study", "nct-crc", drawn, "--partial")
    assert "tiles in NCT-CRC-HE-100K: 2 instead of 18" in said
    assert len(sheet(tmp_path / "study", monkeypatch)) == 1 + 9


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(StudyError, match="NCT-CRC-HE-100K is missing") as error:
        init(tmp_path / "study", "nct-crc", tmp_path, "--partial")
    assert "--partial" not in error.value.fix


def test_the_real_tiles_are_fit(real_data, tmp_path, monkeypatch):
    for path in (real_data / "cls_nct_crc_sample9/Sample_Data").glob("*.tif"):
        for name in nct_crc.PARTS:
            place = tmp_path / "nct" / name / path.name.partition("-")[0] / path.name
            place.parent.mkdir(parents=True)
            place.symlink_to(path)
    init(tmp_path / "study", "nct-crc", tmp_path / "nct", "--partial")
    assert len(sheet(tmp_path / "study", monkeypatch)) == 18
    status, said = check(Path.cwd())
    assert status == 0, said


def test_folders_and_tiles_are_found_whatever_their_capitals(drawn, tmp_path, monkeypatch):
    (drawn / "CRC-VAL-HE-7K/ADI/ADI-AAAA0.tif").rename(drawn / "CRC-VAL-HE-7K/ADI/ADI-AAAA0.TIF")
    (drawn / "CRC-VAL-HE-7K/ADI").rename(drawn / "CRC-VAL-HE-7K/adi")
    init(tmp_path / "study", "nct-crc", drawn)
    images = sheet(tmp_path / "study", monkeypatch)["CRC-VAL-HE-7K-ADI"].images()
    assert images == [drawn / "CRC-VAL-HE-7K/adi/ADI-AAAA0.TIF"]
    assert images[0].is_file()
