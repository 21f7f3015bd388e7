import numpy as np
import pytest
import tifffile
import yaml

from pipeline.commands.data.sets import orion_crc
from pipeline.core.errors import StudyError
from tests.commands.data.drawn import check, init, sheet

SAMPLES = [*(f"CRC{number:02d}" for number in range(1, 13)), "CRC33_01", "CRC33_02"]


def ome(path, pixels, **more):
    """An OME-TIFF that says its resolution."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = {f"PhysicalSize{axis}": 0.325 for axis in "XY"}
    unit = {f"PhysicalSize{axis}Unit": "µm" for axis in "XY"}
    tifffile.imwrite(path, pixels, ome=True, tile=(256, 256), metadata={**size, **unit, **more.pop("metadata")}, **more)


def multiplex(path, kind=np.uint8, channels=19, side=400):
    values = np.random.default_rng(channels).integers(0, 200, (channels, side, side)).astype(kind)
    ome(path, values, photometric="minisblack", metadata={"axes": "CYX"})


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """14 samples of 13 patients, as the study asks for six in training; images of 16 bits, and of 8 beside each."""
    monkeypatch.setattr(orion_crc, "FOLDERS", len(SAMPLES))
    for seed, name in enumerate(SAMPLES):
        place = tmp_path / "raw/data" / name
        noise = np.random.default_rng(seed).integers(-40, 40, (400, 400, 1))
        tissue = (np.array([170, 90, 160]) + noise).clip(0, 255).astype(np.uint8)
        he = place / f"19510_C{name[3:]}_US_SCAN_OR_001__15{seed}-registered.ome.tif"
        ome(he, tissue, photometric="rgb", metadata={"axes": "YXS"})
        multiplex(place / f"P37_S{seed}_A24-8bit.ome.tiff")
        multiplex(place / f"P37_S{seed}_A24-zlib.ome.tiff", np.uint16, side=32)
        tifffile.imwrite(place / f"P37_S{seed}-{name}-mask.ome.tif", np.zeros((32, 32), np.uint32))
        for table in (f"P37_S{seed}-{name}.csv", "markers.csv"):
            (place / table).touch()
    return tmp_path / "raw"


def test_a_sample_is_two_registered_slides_and_two_samples_may_be_of_a_patient(drawn, tmp_path, monkeypatch):
    said = init(tmp_path / "study", "orion-crc", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert len(slides) == 28
    assert {slide.patient_id for slide in slides.values()} == {*(f"C{number}" for number in range(1, 13)), "C33"}
    assert slides["CRC33_02-HE"].patient_id == "C33"
    other = slides["CRC01-mIHC"]
    assert (other.stain, other.paired_with, other.unit) == ("mIHC", "CRC01-HE", "patients")
    assert other.path.endswith("CRC01/P37_S0_A24-8bit.ome.tiff")
    assert "28 to be drawn" in said
    stains = yaml.safe_load((tmp_path / "study/params.yaml").read_text())["stains"]
    assert stains["mIHC"]["channels"] == [12, 17, 0]


def test_the_study_is_fit(drawn, tmp_path):
    init(tmp_path / "study", "orion-crc", drawn / "data")
    status, said = check(tmp_path / "study")
    assert status == 0, said


def test_published_images_alone_are_refused_by_name(drawn, tmp_path):
    next(drawn.glob("data/CRC01/*-8bit.ome.tiff")).unlink()
    multiplex(next(drawn.glob("data/CRC02/*-8bit.ome.tiff")), channels=3, side=32)
    with pytest.raises(StudyError) as error:
        init(tmp_path / "study", "orion-crc", drawn)
    lines = error.value.message.splitlines()
    found = "no multiplex image of 19 channels and 8 bits"
    assert f"  data/CRC01: {found} (P37_S0_A24-zlib.ome.tiff has 19 channels of uint16)" in lines
    assert f"data/CRC02: {found} (P37_S1_A24-8bit.ome.tiff has 3 channels of uint8; " in error.value.message
    assert not (tmp_path / "study").exists()


def test_he_alone_is_fit_for_a_study_of_cohorts(drawn, tmp_path):
    for path in drawn.glob("data/*/P37*A24*"):
        path.unlink()
    said = init(tmp_path / "study", "orion-crc", drawn, "--partial", "--study", "cohort")
    assert "data/CRC03: no multiplex image of 19 channels and 8 bits (no other *.ome.tiff)" in said
    assert "H&E is learned from alone" in said
    status, said = check(tmp_path / "study")
    assert status == 0, said


def test_what_is_missing_is_named(drawn, tmp_path):
    for path in drawn.glob("data/CRC33_02/*"):
        path.unlink()
    (drawn / "data/CRC33_02").rmdir()
    he = next(drawn.glob("data/CRC02/*-registered.ome.tif"))
    he.rename(he.with_name(he.name + ".part"))
    (drawn / "data/CRC01/P37_S0_A24-8bit.ome.tiff").write_bytes(b"II*\0")
    with pytest.raises(StudyError) as error:
        init(tmp_path / "study", "orion-crc", drawn)
    assert "folders of samples: 13 instead of 14" in error.value.message
    assert f"data/CRC02/{he.name}.part is not complete" in error.value.message
    assert "H&E images (*-registered.ome.tif) in data/CRC02: 0 instead of 1" in error.value.message
    assert "data/CRC01/P37_S0_A24-8bit.ome.tiff: cannot open the TIFF: " in error.value.message


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(StudyError, match="data is missing"):
        init(tmp_path / "study", "orion-crc", tmp_path, "--partial")
