import numpy as np
import pytest

from pipeline.commands.data.sets import pannuke
from pipeline.core.errors import StudyError
from tests.commands.data.drawn import check, init, patients, sheet


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Three folds of two or three images, in the folders of the archives; nuclei begin anew in each channel."""
    monkeypatch.setattr(pannuke, "FOLDS", {1: ("train", 3), 2: ("val", 2), 3: ("test", 2)})
    for number, count in ((1, 3), (2, 2), (3, 2)):
        rng = np.random.default_rng(number)
        home = tmp_path / f"raw/Fold {number}"
        images, masks = home / f"images/fold{number}", home / f"masks/fold{number}"
        for folder in (images, masks):
            folder.mkdir(parents=True)
        noise = rng.integers(-20, 20, (count, 256, 256, 1))
        np.save(images / "images.npy", (np.array([170, 90, 160]) + noise).astype(np.float64))
        ids = np.zeros((count, 256, 256, 6))
        ids[:, 10:30, 10:30, 0], ids[:, 50:90, 50:80, 0], ids[:, 100:120, 100:140, 4] = 1, 7, 1
        ids[..., 5] = ids[..., :5].max(-1) == 0
        np.save(masks / "masks.npy", ids)
        np.save(images / "types.npy", np.array(["Breast", "Bile-duct", "HeadNeck"][:count]))
    return tmp_path / "raw"


def test_a_fold_is_a_slide_and_the_official_split(drawn, tmp_path, monkeypatch):
    init(tmp_path / "study", "pannuke", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert [(n, s.split, s.patient_id) for n, s in slides.items() if s.stain == "HE"] == [
        ("fold1", "train", "fold1"),
        ("fold2", "val", "fold2"),
        ("fold3", "test", "fold3"),
    ]
    assert not patients(slides, "train") & patients(slides, "test")
    assert len(slides["fold1"].images()) == 3
    assert slides["fold1"].annotations.endswith("types.npy")
    assert slides["fold1-nuclei"].paired_with == "fold1"
    assert {slide.unit for slide in slides.values()} == {"folds of unnamed patients"}


def test_the_study_is_fit(drawn, tmp_path):
    init(tmp_path / "study", "pannuke", drawn)
    status, said = check(tmp_path / "study")
    assert status == 0, said


def test_types_as_objects_are_told_and_left_out_of_a_part(drawn, tmp_path, monkeypatch):
    path = drawn / "Fold 2/images/fold2/types.npy"
    np.save(path, np.array(["Breast", "Colon"], object), allow_pickle=True)
    with pytest.raises(StudyError, match=r"types\.npy: an array of Python objects.* docs/labels\.md"):
        init(tmp_path / "study", "pannuke", drawn)
    init(tmp_path / "study", "pannuke", drawn, "--partial")
    slides = sheet(tmp_path / "study", monkeypatch)
    assert [bool(slides[f"fold{number}"].annotations) for number in (1, 2, 3)] == [True, False, True]


def test_a_file_that_is_cut_off_is_named(drawn, tmp_path):
    path = drawn / "Fold 3/masks/fold3/masks.npy"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(StudyError, match=r"Fold 3/masks/fold3/masks\.npy: cannot open the array"):
        init(tmp_path / "study", "pannuke", drawn)


def test_another_number_of_images_and_a_missing_fold_are_told(drawn, tmp_path):
    np.save(drawn / "Fold 1/images/fold1/images.npy", np.zeros((2, 256, 256, 3)))
    (drawn / "Fold 2").rename(tmp_path / "elsewhere")
    with pytest.raises(StudyError) as error:
        init(tmp_path / "study", "pannuke", drawn)
    assert "images of fold1: 2 instead of 3" in error.value.message
    assert "masks.npy is (3, 256, 256, 6), expected (2, 256, 256, 6)" in error.value.message
    assert "Fold 2/images/fold2/images.npy is missing" in error.value.message
