import numpy as np
import pandas as pd
import pytest

from pipeline.commands.data.sets import dsb2018
from pipeline.core.errors import StudyError
from tests.commands.data.drawn import check, init, picture, save, sheet

IDS = ["0a1", "0b2", "5c3", "f00"]


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Four coloured images and a grey one, each with two nuclei."""
    monkeypatch.setattr(dsb2018, "IMAGES", 5)
    home = tmp_path / "raw/stage1_train"
    for seed, name in enumerate([*IDS, "0grey"]):
        grey = (90, 90, 90) if name == "0grey" else (170, 90, 160)
        picture(home / f"{name}/images/{name}.png", 256, grey, seed)
        for place in (20, 150):
            mask = np.zeros((256, 256), np.uint8)
            mask[place : place + 40, place : place + 40 + seed] = 255
            save(home / f"{name}/masks/{name}{place}.png", mask)
    return tmp_path / "raw"


def test_coloured_images_are_groups_of_no_patient(drawn, tmp_path, monkeypatch):
    said = init(tmp_path / "study", "dsb2018", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert list(slides) == ["dsb-0", "dsb-0-nuclei", "dsb-5", "dsb-5-nuclei", "dsb-f", "dsb-f-nuclei"]
    assert {slide.unit for slide in slides.values()} == {"groups of images"}
    assert "4 of 5 images have colours" in said
    assert "6 to be drawn" in said
    images, masks = slides["dsb-0"].images(), slides["dsb-0-nuclei"].folders()
    assert [path.stem for path in images] == [path.parent.name for path in masks] == ["0a1", "0b2"]
    assert {len({s.split for s in slides.values() if s.patient_id == p}) for p in ("dsb-0", "dsb-5", "dsb-f")} == {1}


def test_the_masks_of_lists_are_fit(drawn, tmp_path):
    init(tmp_path / "study", "dsb2018", drawn / "stage1_train")
    path = tmp_path / "study/data/slides.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table["split"] = np.where(table["patient_id"] == "dsb-f", "test", "train")  # three groups may be drawn to one split
    table.to_csv(path, index=False)
    status, said = check(tmp_path / "study")
    assert status == 0, said


def test_nuclei_that_are_missing_are_named(drawn, tmp_path):
    for path in (drawn / "stage1_train/5c3/masks").iterdir():
        path.unlink()
    with pytest.raises(StudyError, match="nuclei: 5c3/masks missing"):
        init(tmp_path / "study", "dsb2018", drawn)


def test_a_part_is_counted(drawn, tmp_path, monkeypatch):
    monkeypatch.setattr(dsb2018, "IMAGES", 670)
    with pytest.raises(StudyError, match="images in stage1_train: 5 instead of 670"):
        init(tmp_path / "study", "dsb2018", drawn)


def test_real_images_have_colours(real_data, tmp_path, monkeypatch):
    said = init(tmp_path / "study", "dsb2018", real_data / "nuc_dsb2018_fixed", "--partial")
    assert "105 of 105 images have colours" in said
    slides = sheet(tmp_path / "study", monkeypatch)
    assert sum(len(slide.images()) for slide in slides.values() if slide.stain == "HE") == 105
