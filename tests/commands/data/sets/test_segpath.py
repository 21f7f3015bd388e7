import gzip

import numpy as np
import pytest

from pipeline.core.errors import StudyError
from tests.commands.data.drawn import check, init, patients, picture, save, sheet

KIND = "CD3CD20_Lymphocyte"
PLACES = {
    "388_140288_041984": "train",
    "388_141312_041984": "train",
    "024_067584_052224": "val",
    "031_001024_001024": "test",
}


def draw(root, kind=KIND, places=PLACES):
    """Images and masks of a kind, and its table, which names both, is compressed, and does not say so."""
    lines = ["antigen,filename,train_val_test"]
    for seed, (place, part) in enumerate(places.items()):
        picture(root / kind / f"{kind}_{place}_HE.png", 520, seed=seed)
        mask = np.zeros((520, 520), np.uint8)
        mask[20:60, 20:70], mask[200:240, 100:150] = 1, 1
        save(root / kind / f"{kind}_{place}_mask.png", mask)
        lines += [f"{kind.partition('_')[0]},{kind}_{place}_{what}.png,{part}" for what in ("HE", "mask")]
    (root / f"{kind.partition('_')[0]}_fileinfo.csv").write_bytes(gzip.compress("\n".join(lines).encode()))
    return root


@pytest.fixture
def drawn(tmp_path):
    return draw(tmp_path / "raw")


def test_parts_stand_for_patients_and_a_slide_has_many_images(drawn, tmp_path, monkeypatch):
    said = init(tmp_path / "study", "segpath", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert {name: (s.split, s.patient_id) for name, s in slides.items() if s.stain == "HE"} == {
        f"{KIND}_388-train": ("train", "train"),
        f"{KIND}_024-val": ("val", "val"),
        f"{KIND}_031-test": ("test", "test"),
    }
    assert not patients(slides, "train") & patients(slides, "test")
    image, mask = slides[f"{KIND}_388-train"], slides[f"{KIND}_388-train-marked"]
    assert [path.name for path in image.images()] == [f"{KIND}_{p}_HE.png" for p in PLACES if p.startswith("388")]
    assert [p.name for p in mask.images()] == [p.name.replace("HE", "mask") for p in image.images()]
    assert "0 of 3 slides have images in several parts" in said
    assert "The report speaks of parts of unnamed patients, not of patients." in said


def test_the_study_is_fit(drawn, tmp_path):
    init(tmp_path / "study", "segpath", drawn / KIND)
    status, said = check(tmp_path / "study")
    assert status == 0, said


def test_masks_of_other_values_are_told_by_check(drawn, tmp_path):
    save(drawn / KIND / f"{KIND}_031_001024_001024_mask.png", np.full((520, 520), 255, np.uint8))
    init(tmp_path / "study", "segpath", drawn)
    status, said = check(tmp_path / "study")
    assert (status, "values of no class: 255" in said) == (1, True)


def test_a_slide_of_two_parts_is_told(tmp_path):
    raw = draw(tmp_path / "raw", places={**PLACES, "388_001024_001024": "test"})
    said = init(tmp_path / "study", "segpath", raw)
    assert f"1 of 3 slides have images in several parts: {KIND}_388" in said


def test_two_kinds_are_not_put_together(drawn, tmp_path, monkeypatch):
    draw(drawn, "ERG_Endothelium")
    with pytest.raises(StudyError, match=rf"{KIND} and ERG_Endothelium lie here.*--slides \.\.\./{KIND}"):
        init(tmp_path / "study", "segpath", drawn, "--partial")
    init(tmp_path / "study", "segpath", drawn / "ERG_Endothelium")
    assert all(name.startswith("ERG_") for name in sheet(tmp_path / "study", monkeypatch))


def test_what_is_missing_or_unknown_is_named(drawn, tmp_path):
    (drawn / KIND / f"{KIND}_024_067584_052224_HE.png").unlink()
    (drawn / KIND / f"{KIND}_031_001024_001024_mask.png").unlink()
    picture(drawn / KIND / f"{KIND}_099_001024_001024_HE.png")
    with pytest.raises(StudyError) as error:
        init(tmp_path / "study", "segpath", drawn)
    assert f"images of CD3CD20_fileinfo.csv: {KIND}_024_067584_052224_HE.png missing" in error.value.message
    assert f"masks of CD3CD20_fileinfo.csv: {KIND}_031_001024_001024_mask.png missing" in error.value.message
    assert f"1 images are not in CD3CD20_fileinfo.csv, such as {KIND}_099_" in error.value.message
    assert not (tmp_path / "study").exists()


def test_a_part_that_is_none_and_a_missing_table_are_told(drawn, tmp_path):
    path = drawn / "CD3CD20_fileinfo.csv"
    path.write_bytes(gzip.decompress(path.read_bytes()).replace(b"val\n", b"dev\n"))
    with pytest.raises(StudyError, match="has parts 'dev', expected train, val, test"):
        init(tmp_path / "study", "segpath", drawn)
    path.unlink()
    with pytest.raises(StudyError, match=r"CD3CD20_fileinfo\.csv is missing"):
        init(tmp_path / "study", "segpath", drawn / KIND)


def test_another_set_is_refused(tmp_path):
    with pytest.raises(StudyError, match=r"panCK_Epithelium is missing .*MNDA_MyeloidCell"):
        init(tmp_path / "study", "segpath", tmp_path, "--partial")


def test_an_image_of_two_parts_is_told(drawn, tmp_path):
    path = drawn / "CD3CD20_fileinfo.csv"
    name = f"{KIND}_388_140288_041984_HE.png"
    path.write_text(gzip.decompress(path.read_bytes()).decode() + f"\nCD3CD20,{name},test\n")
    with pytest.raises(StudyError, match=rf"CD3CD20_fileinfo\.csv has {name} in 2 parts"):
        init(tmp_path / "study", "segpath", drawn)


def test_a_table_of_no_rows_makes_no_study(drawn, tmp_path):
    for path in (drawn / KIND).iterdir():
        path.unlink()
    (drawn / "CD3CD20_fileinfo.csv").write_text("antigen,filename,train_val_test\n")
    with pytest.raises(StudyError, match="no slide of segpath that is taken"):
        init(tmp_path / "study", "segpath", drawn)
    assert not (tmp_path / "study").exists()
