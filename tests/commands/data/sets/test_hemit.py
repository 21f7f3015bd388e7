import numpy as np
import pytest
import tifffile
import yaml

from pipeline.commands.data.sets import hemit
from pipeline.core.errors import SheetError, StudyError
from tests.commands.data.drawn import check, init, patients, picture, sheet

TRAIN = ["[7941,48408]", "[10,20]", *(f"[{number},1]" for number in range(4))]  # the study asks for six
REGIONS = {"train": TRAIN, "val": ["[3,4]"], "test": ["[5,6]"]}
UNIT = "regions of at most eight slides"


def label(path, channels, side):
    """What is registered to a crop, of so many channels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(len(path.name))
    kind = {"photometric": "rgb" if channels == 3 else "minisblack", "planarconfig": "contig"}
    tifffile.imwrite(path, rng.integers(0, 256, (side, side, channels), np.uint8), metadata=None, **kind)


def stains(study):
    return yaml.safe_load((study / "params.yaml").read_text())["stains"]


@pytest.fixture
def newer(tmp_path, monkeypatch):
    """Two crops of each region, of 256 px."""
    monkeypatch.setattr(hemit, "PARTS", {name: 2 * len(regions) for name, regions in REGIONS.items()})
    for split, regions in REGIONS.items():
        for region in regions:
            for seed in range(2):
                name = f"{region}_patch_0_{seed}.tif"
                picture(tmp_path / f"raw/HEMIT/{split}/input/{name}", 256, seed=seed)
                label(tmp_path / f"raw/HEMIT/{split}/label/{name}", 3, 256)
    return tmp_path / "raw"


@pytest.fixture
def older(tmp_path):
    """Regions of two crops, one in the test."""
    for part, region in (("train", "[1,2]"), ("train", "[3,4]"), ("test", "[5,6]")):
        for crop in (1, 3):
            picture(tmp_path / f"older/{part}A/{crop}{region}.jpg", 128, seed=crop)
            label(tmp_path / f"older/{part}B/{crop}{region}.tif", 4, 128)
    return tmp_path / "older"


def test_a_region_is_two_registered_slides_in_the_official_split(newer, tmp_path, monkeypatch):
    said = init(tmp_path / "study", "hemit", newer)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert {split: patients(slides, split) for split in REGIONS} == {
        "train": {"7941_48408", "10_20", "0_1", "1_1", "2_1", "3_1"},
        "val": {"3_4"},
        "test": {"5_6"},
    }
    image, other = slides["train-7941_48408-HE"], slides["train-7941_48408-mIHC"]
    assert (other.stain, other.paired_with, other.mpp, other.unit) == ("mIHC", image.slide_id, 0.25, UNIT)
    assert [path.name for path in image.images()] == [path.name for path in other.images()]
    assert len(image.images()) == 2
    assert f"The report speaks of {UNIT}, not of patients." in said


def test_both_layouts_store_the_same_channels(newer, older, tmp_path):
    init(tmp_path / "new", "hemit", newer / "HEMIT")
    init(tmp_path / "old", "hemit", older)
    assert stains(tmp_path / "new")["mIHC"] == {"kind": "fluorescence", "channels": [1, 0, 2]}
    assert stains(tmp_path / "old")["mIHC"] == {"kind": "fluorescence", "channels": [1, 3, 0]}


def test_the_study_is_fit(newer, tmp_path):
    init(tmp_path / "study", "hemit", newer)
    status, said = check(tmp_path / "study")
    assert status == 0, said


def test_the_older_layout_keeps_its_split(older, tmp_path, monkeypatch):
    said = init(tmp_path / "study", "hemit", older)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert patients(slides, "train") == {"1_2", "3_4"}
    assert patients(slides, "test") == {"5_6"}
    assert {slide.unit for slide in slides.values()} == {UNIT}
    assert "nothing says µm/px" in said


def test_what_is_missing_is_named(newer, tmp_path):
    (newer / "HEMIT/train/label/[10,20]_patch_0_1.tif").unlink()
    (newer / "HEMIT/train/input/[10,20]_patch_0_0.tif").rename(newer / "HEMIT/train/input/a.tif")
    (newer / "HEMIT/test").rename(tmp_path / "elsewhere")
    with pytest.raises(StudyError) as error:
        init(tmp_path / "study", "hemit", newer)
    assert "HEMIT/train/label: [10,20]_patch_0_1.tif, a.tif missing" in error.value.message
    assert "HEMIT/train/input: [10,20]_patch_0_0.tif missing" in error.value.message
    assert "test is missing (nor HEMIT/test)" in error.value.message
    assert not (tmp_path / "study").exists()


def test_a_part_is_taken_where_that_is_asked_for(newer, tmp_path, monkeypatch):
    (newer / "HEMIT/train/label/[10,20]_patch_0_1.tif").unlink()
    assert "[10,20]_patch_0_1.tif missing" in init(tmp_path / "study", "hemit", newer, "--partial")
    assert len(sheet(tmp_path / "study", monkeypatch)["train-10_20-HE"].images()) == 1


def test_a_name_without_a_region_is_told(newer, tmp_path):
    for side in ("input", "label"):
        place = newer / "HEMIT/val" / side
        (place / "[3,4]_patch_0_0.tif").rename(place / "3.tif")
    with pytest.raises(StudyError, match=r"val/input/3\.tif is not named as \[7941,48408\]_patch_0_0\.tif is"):
        init(tmp_path / "study", "hemit", newer)


def test_a_region_of_two_splits_is_refused(newer, older, tmp_path):
    for side in ("input", "label"):
        place = newer / "HEMIT/test" / side
        for crop in (0, 1):
            (place / f"[5,6]_patch_0_{crop}.tif").rename(place / f"[3,4]_patch_9_{crop}.tif")
    with pytest.raises(SheetError, match="'3_4' is in two splits"):
        init(tmp_path / "study", "hemit", newer)
    for side, ending in (("A", "jpg"), ("B", "tif")):
        (older / f"test{side}/3[5,6].{ending}").rename(older / f"test{side}/5[1,2].{ending}")
    with pytest.raises(StudyError, match="region 1_2 is in trainA and in testA"):
        init(tmp_path / "study", "hemit", older)


def test_another_number_of_channels_is_another_release(newer, older, tmp_path):
    label(newer / "HEMIT/test/label/[5,6]_patch_0_0.tif", 4, 256)
    with pytest.raises(StudyError, match=r"channels of .*\[5,6\]_patch_0_0\.tif: 4 instead of 3"):
        init(tmp_path / "study", "hemit", newer)
    label(older / "trainB/1[1,2].tif", 3, 128)
    with pytest.raises(StudyError, match=r"channels of trainB/1\[1,2\]\.tif: 3 instead of 4") as error:
        init(tmp_path / "study", "hemit", older)
    assert "--partial" not in error.value.fix


def test_half_an_older_copy_is_refused(older, tmp_path):
    (older / "testB/3[5,6].tif").unlink()
    with pytest.raises(StudyError, match=r"testB: 3\[5,6\]\.tif missing"):
        init(tmp_path / "study", "hemit", older, "--partial")


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(StudyError, match=r"train is missing \(nor HEMIT/train\)"):
        init(tmp_path / "study", "hemit", tmp_path, "--partial")


def test_the_real_older_copy(real_data, tmp_path, monkeypatch):
    init(tmp_path / "study", "hemit", real_data / "ihc_he_mihc_hemit")
    slides = sheet(tmp_path / "study", monkeypatch)
    assert len(patients(slides, "train")) == 24
    assert patients(slides, "test") == {"10358_37400", "11760_39505"}
    assert sum(len(slide.images()) for slide in slides.values()) == 2 * 498


def test_some_of_the_real_crops_are_fit(real_data, tmp_path):
    for part in ("train", "test"):
        for side in "AB":
            (tmp_path / f"raw/{part}{side}").mkdir(parents=True)
            for path in sorted((real_data / f"ihc_he_mihc_hemit/{part}{side}").iterdir())[:9]:
                (tmp_path / f"raw/{part}{side}/{path.name}").symlink_to(path)
    init(tmp_path / "study", "hemit", tmp_path / "raw")
    status, said = check(tmp_path / "study")
    assert status == 0, said
