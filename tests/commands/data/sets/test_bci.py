import pytest
import yaml

from pipeline.commands.data.sets import bci
from pipeline.core.errors import StudyError
from tests.commands.data.drawn import check, init, patients, picture, sheet

NAMES = ["00000_train_1+", "00001_train_3+", "00002_train_1+", "00000_test_1+", "00001_test_3+"]


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Five pairs of two levels."""
    monkeypatch.setattr(bci, "PARTS", {"train": ("train", 3), "test": ("test", 2)})
    for seed, name in enumerate(NAMES):
        for stain, colour in (("HE", (170, 90, 160)), ("IHC", (170, 140, 110))):
            picture(tmp_path / f"raw/BCI_dataset/{stain}/{name.split('_')[1]}/{name}.png", 256, colour, seed)
    (tmp_path / "raw/BCI_dataset/README.md").touch()
    return tmp_path / "raw"


def test_pairs_of_a_level_are_two_slides_of_unnamed_patients(drawn, tmp_path, monkeypatch):
    said = init(tmp_path / "study", "bci", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert {name: (s.split, s.patient_id, s.label) for name, s in slides.items() if s.stain == "HE"} == {
        "train-1plus-HE": ("train", "train", "1+"),
        "train-3plus-HE": ("train", "train", "3+"),
        "test-1plus-HE": ("test", "test", "1+"),
        "test-3plus-HE": ("test", "test", "3+"),
    }
    assert not patients(slides, "train") & patients(slides, "test")
    he, ihc = slides["train-1plus-HE"], slides["train-1plus-IHC"]
    assert (ihc.paired_with, ihc.mpp, ihc.label) == ("train-1plus-HE", 0.46, "1+")
    assert [path.name for path in ihc.images()] == [path.name for path in he.images()]
    assert [path.stem for path in he.images()] == ["00000_train_1+", "00002_train_1+"]
    assert "The report speaks of sets of unnamed patients, not of patients." in said


def test_the_study_is_fit_and_learns_from_pairs(drawn, tmp_path):
    init(tmp_path / "study", "bci", drawn / "BCI_dataset")
    params = yaml.safe_load((tmp_path / "study/params.yaml").read_text())
    assert (params["normalize"]["method"], params["translate"]["he2ihc"]["pairing"]) == ("none", "paired")
    assert params["pretrain"]["arms"]["real"]["privileged"] == "real/IHC"
    status, said = check(tmp_path / "study")
    assert status == 0, said
    assert "would be quarantined" not in said


def test_images_without_a_partner_are_named(drawn, tmp_path):
    (drawn / "BCI_dataset/IHC/train/00001_train_3+.png").unlink()
    (drawn / "BCI_dataset/HE/test/00000_test_1+.png").rename(drawn / "BCI_dataset/HE/test/00000_test_2+.png")
    with pytest.raises(StudyError) as error:
        init(tmp_path / "study", "bci", drawn)
    assert "pairs of train: 2 instead of 3" in error.value.message
    assert "images in BCI_dataset/IHC/train: 00001_train_3+.png missing" in error.value.message
    assert "images in BCI_dataset/HE/test: 00000_test_1+.png missing" in error.value.message
    assert "images in BCI_dataset/IHC/test: 00000_test_2+.png missing" in error.value.message
    assert not (tmp_path / "study").exists()


def test_an_image_of_the_other_part_is_told(drawn, tmp_path):
    for stain in ("HE", "IHC"):
        place = drawn / f"BCI_dataset/{stain}/test"
        (place / "00000_test_1+.png").rename(place / "00009_train_1+.png")
    with pytest.raises(StudyError, match=r"1 names in BCI_dataset/HE/test say no test and no level: 00009_train_1\+"):
        init(tmp_path / "study", "bci", drawn)


@pytest.mark.parametrize("where", ["", "BCI_dataset/"])
def test_the_copy_of_the_challenge_is_refused(tmp_path, where):
    for part in ("train", "val", "test"):
        (tmp_path / f"{where}{part}/HE").mkdir(parents=True)
    with pytest.raises(StudyError, match="the copy of the challenge, with 500 pairs in val"):
        init(tmp_path / "study", "bci", tmp_path, "--partial")


def test_joined_pairs_are_refused(tmp_path):
    picture(tmp_path / "train/00000_train_1+.png")
    with pytest.raises(StudyError, match="BCI_dataset/HE/train is missing"):
        init(tmp_path / "study", "bci", tmp_path, "--partial")
