import json

import numpy as np
import pytest

from pipeline.commands.data.sets import SETS
from pipeline.commands.data.sets.axondeepseg import _set
from pipeline.core.errors import StudyError
from tests.commands.data.drawn import check, init, patients, save, sheet

SAMPLES = {"sub-rat1": ["data1"], "sub-rat3": ["data9", "data10"], "sub-rat6": ["data15"]}


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Three rats; one JSON for both images of the second, and alpha in those of the last."""
    facts = {"what": "", "images": "", "size": "", "downloads": ()}
    monkeypatch.setitem(SETS, "axondeepseg-sem", _set("SEM", (3, 4, "sub-rat6"), **facts))
    home = tmp_path / "data_axondeepseg_sem"
    for rat, samples in SAMPLES.items():
        for sample in samples:
            stem = f"{rat}_sample-{sample}_SEM"
            mask = np.zeros((300, 320), np.uint8)
            mask[20:90, 20:90], mask[30:80, 30:80] = 127, 255
            image = np.random.default_rng(len(stem)).integers(0, 256, mask.shape, np.uint8)
            if rat == "sub-rat6":
                image, mask = (np.dstack([v, v, v, np.full_like(v, 255)]) for v in (image, mask))
            save(home / f"{rat}/micr/{stem}.png", image)
            save(home / f"derivatives/labels/{rat}/micr/{stem}_seg-axonmyelin-manual.png", mask)
            save(home / f"derivatives/labels/{rat}/micr/{stem}_seg-axon-manual.png", mask)
        name = f"{rat}_SEM" if len(samples) > 1 else stem
        size = 0.1 if len(samples) > 1 else [0.18, 0.18]
        (home / f"{rat}/micr/{name}.json").write_text(json.dumps({"PixelSize": size}))
    return home


def test_an_image_and_its_mask_are_of_an_animal(drawn, tmp_path, monkeypatch):
    init(tmp_path / "study", "axondeepseg-sem", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert len(slides) == 8
    assert patients(slides, "train") == {"sub-rat1", "sub-rat3"}
    assert patients(slides, "test") == {"sub-rat6"}
    assert {n: s.mpp for n, s in slides.items() if s.stain == "SEM"} == {
        "sub-rat1_sample-data1_SEM": 0.18,
        "sub-rat3_sample-data10_SEM": 0.1,
        "sub-rat3_sample-data9_SEM": 0.1,
        "sub-rat6_sample-data15_SEM": 0.18,
    }
    assert {slide.unit for slide in slides.values()} == {"animals"}
    assert slides["sub-rat1_sample-data1_SEM-axons"].path.endswith("seg-axonmyelin-manual.png")


def test_the_study_is_fit(drawn, tmp_path):
    init(tmp_path / "study", "axondeepseg-sem", drawn.parent)
    status, said = check(tmp_path / "study")
    assert status == 0, said


def test_what_is_missing_is_named(drawn, tmp_path):
    (drawn / "sub-rat1/micr/sub-rat1_sample-data1_SEM.json").unlink()
    (drawn / "derivatives/labels/sub-rat3/micr/sub-rat3_sample-data9_SEM_seg-axonmyelin-manual.png").unlink()
    (drawn / "sub-rat6").rename(tmp_path / "elsewhere")
    with pytest.raises(StudyError) as error:
        init(tmp_path / "study", "axondeepseg-sem", drawn)
    assert "sub-rat1_sample-data1_SEM.json, or sub-rat1_SEM.json, is missing" in error.value.message
    assert "masks of sub-rat3: sub-rat3_sample-data9_SEM_seg-axonmyelin-manual.png missing" in error.value.message
    assert "animals: 2 instead of 3" in error.value.message
    assert "the animal of the test: sub-rat6 missing" in error.value.message
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize("name", ["axondeepseg-sem", "axondeepseg-tem"])
def test_another_layout_is_refused(tmp_path, name):
    (tmp_path / "Train").mkdir()
    with pytest.raises(StudyError, match=r"data_axondeepseg_.em is missing"):
        init(tmp_path / "study", name, tmp_path)


def test_real_rats(real_data, tmp_path, monkeypatch):
    said = init(tmp_path / "study", "axondeepseg-sem", real_data / "em_ads_sem", "--partial")
    assert "animals: 4 instead of 8" in said
    slides = sheet(tmp_path / "study", monkeypatch)
    sizes = {s.patient_id: s.mpp for s in slides.values() if s.mpp}
    assert sizes == {"sub-rat1": 0.18, "sub-rat2": 0.093, "sub-rat3": 0.1, "sub-rat4": 0.1}
    assert len(slides) == 12


def test_the_real_nerves_of_another_project_are_refused(real_data, tmp_path):
    with pytest.raises(StudyError, match="data_axondeepseg_tem is missing"):
        init(tmp_path / "study", "axondeepseg-tem", real_data / "em_tem_pns_zjoukhadar/notebooks/training/Train")


def test_capitals_of_endings_do_not_matter(drawn, tmp_path, monkeypatch):
    for path in drawn.rglob("*.png"):
        path.rename(path.with_suffix(".PNG"))
    init(tmp_path / "study", "axondeepseg-sem", drawn)
    assert all(slide.path.endswith(".PNG") for slide in sheet(tmp_path / "study", monkeypatch).values())


@pytest.mark.parametrize("size", ["-1", "0", "NaN", "1e9", "[]", '"x"', "null"])
def test_a_size_that_is_none_of_a_pixel_is_told(drawn, tmp_path, size):
    (drawn / "sub-rat1/micr/sub-rat1_sample-data1_SEM.json").write_text(f'{{"PixelSize": {size}}}')
    with pytest.raises(StudyError, match=r"sub-rat1_sample-data1_SEM\.json says (no|a) PixelSize"):
        init(tmp_path / "study", "axondeepseg-sem", drawn)
