import numpy as np
import pytest
from scipy.io import savemat

from pipeline.commands.data.sets import lizard
from pipeline.core.errors import StudyError
from pipeline.core.slides.labelling import Labelling
from pipeline.study.folds import splits
from pipeline.study.study import load_study
from tests.commands.data.drawn import check, init, patients, picture, sheet

SCAN = "18-13347A_2019-05-08 01_31_58-lv1-14057-17758-5693-6244"
IMAGES = {
    "crag_1": ("train_105", 1),
    "glas_1": ("testB_10", 1),
    "dpath_58": (f"{SCAN}_1", 2),
    "dpath_48": (SCAN, 3),
    "pannuke_1": ("None", 3),
}
INFO = "lizard_labels/Lizard_Labels/info.csv"


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Five images in the folders of the copy of Kaggle; classes are said in another order than that of the ids."""
    monkeypatch.setattr(lizard, "FOLDS", {"1": ("train", 2), "2": ("val", 1), "3": ("test", 2)})
    root = tmp_path / "raw"
    for seed, name in enumerate(IMAGES):
        number = 1 if name.startswith("crag") else 2
        picture(root / f"lizard_images{number}/Lizard_Images{number}/{name}.png", 300, seed=seed)
        ids = np.zeros((300, 300), np.int32)
        ids[10:30, 10:30], ids[50:80, 50:80] = 4, 9
        labels = root / "lizard_labels/Lizard_Labels/Labels"
        labels.mkdir(parents=True, exist_ok=True)
        boxes = {"bbox": np.array([[50, 80, 50, 80], [10, 30, 10, 30]]), "centroid": np.array([[65.0, 65], [20, 20]])}
        savemat(labels / f"{name}.mat", {"inst_map": ids, "id": [[9], [4]], "class": [[2], [6]], **boxes})
    lines = [f"{name},{source},{fold}" for name, (source, fold) in IMAGES.items()]
    (root / INFO).write_text("\n".join(["Filename,Source,Split", *lines]) + "\n")
    return root


def test_folds_stand_for_patients_and_sources_are_sites(drawn, tmp_path, monkeypatch):
    said = init(tmp_path / "study", "lizard", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert {name: (s.split, s.patient_id, s.site) for name, s in slides.items() if s.stain == "HE"} == {
        "crag_1": ("train", "fold1", "crag"),
        "glas_1": ("train", "fold1", "glas"),
        "dpath_58": ("val", "fold2", "dpath"),
        "dpath_48": ("test", "fold3", "dpath"),
        "pannuke_1": ("test", "fold3", "pannuke"),
    }
    assert not patients(slides, "train") & patients(slides, "test")
    assert "Of one scan and yet of several folds, by info.csv: dpath_58 (fold 2), dpath_48 (fold 3)." in said
    assert "The report speaks of folds of unnamed patients, not of patients." in said
    tested = [patients(own, "test") for own in splits(slides, 3, seed=0).values()]
    assert sorted(tested, key=min) == [{"fold1"}, {"fold2"}, {"fold3"}]


def test_the_study_is_fit_and_kinds_are_joined_by_id(drawn, tmp_path, monkeypatch):
    init(tmp_path / "study", "lizard", drawn)
    status, said = check(tmp_path / "study")
    assert status == 0, said
    slides = sheet(tmp_path / "study", monkeypatch)
    stain = load_study(tmp_path / "study/params.yaml").stains["nuclei"]
    reader = "pipeline.core.slides.label_files.matlab:read_matlab"
    labels = Labelling("nuclei", None, tuple(stain.classes), {}, reader)
    source = labels.open(slides["glas_1-nuclei"].images((".mat",))[0], None)
    mask, ids = source.tile(0, 0, 300, 300)
    assert [(stain.classes[mask[place] - 1], ids[place]) for place in ((20, 20), (60, 60))] == [
        ("connective", 4),
        ("epithelial", 9),
    ]


def test_folders_as_warwick_has_them_are_the_same_set(drawn, tmp_path, monkeypatch):
    for name in ("Images1", "Images2", "Labels"):
        (drawn / f"lizard_{name.lower()}/Lizard_{name}").rename(drawn / f"Lizard_{name}")
        (drawn / f"lizard_{name.lower()}").rmdir()
    init(tmp_path / "study", "lizard", drawn)
    assert len(sheet(tmp_path / "study", monkeypatch)) == 10


def test_what_is_missing_is_named(drawn, tmp_path):
    (drawn / "lizard_images2/Lizard_Images2/glas_1.png").unlink()
    (drawn / "lizard_labels/Lizard_Labels/Labels/crag_1.mat").unlink()
    (drawn / INFO).write_text((drawn / INFO).read_text().replace("None,3", "None,4"))
    with pytest.raises(StudyError) as error:
        init(tmp_path / "study", "lizard", drawn)
    assert "images: glas_1.png missing" in error.value.message
    assert "nuclei: crag_1.mat missing" in error.value.message
    assert "info.csv has splits '4', expected 1, 2 and 3" in error.value.message
    assert "images of fold 3 in info.csv: 1 instead of 2" in error.value.message
    assert not (tmp_path / "study").exists()


def test_another_set_is_refused(tmp_path):
    (tmp_path / "images.npy").touch()  # CoNIC
    with pytest.raises(StudyError, match=r"Lizard_Labels/info\.csv is missing"):
        init(tmp_path / "study", "lizard", tmp_path, "--partial")


def test_capitals_of_endings_do_not_matter(drawn, tmp_path, monkeypatch):
    for path in [*drawn.rglob("*.mat"), *drawn.rglob("*.png")]:
        path.rename(path.with_suffix(path.suffix.upper()))
    init(tmp_path / "study", "lizard", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert all(slide.path.endswith((".PNG", ".MAT")) for slide in slides.values())


def test_scans_need_not_be_named(drawn, tmp_path):
    (drawn / INFO).write_text((drawn / INFO).read_text().replace("-lv1-", "-"))
    assert "Of one scan" not in init(tmp_path / "study", "lizard", drawn)


def test_a_table_of_no_rows_is_told_by_its_folds(drawn, tmp_path):
    (drawn / INFO).write_text("Filename,Source,Split\n")
    with pytest.raises(StudyError, match=r"images of fold 1 in info\.csv: 0 instead of 2"):
        init(tmp_path / "study", "lizard", drawn, "--partial")
    assert not (tmp_path / "study").exists()


def test_an_image_of_two_folds_is_refused(drawn, tmp_path):
    (drawn / INFO).write_text((drawn / INFO).read_text() + "crag_1,train_105,3\n")
    with pytest.raises(StudyError, match="2 names of slides are taken twice, such as crag_1 by "):
        init(tmp_path / "study", "lizard", drawn, "--partial")
    assert not (tmp_path / "study").exists()
