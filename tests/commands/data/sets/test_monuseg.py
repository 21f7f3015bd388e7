import pytest

from pipeline.commands.data.sets import monuseg
from pipeline.core.errors import SheetError, StudyError
from tests.commands.data.drawn import check, init, patients, picture, sheet

TRAIN, TEST = ["TCGA-18-5592-01Z-00-DX1", "TCGA-38-6178-01Z-00-DX1"], ["TCGA-2Z-A9J9-01A-01-TS1"]
XML = (
    '<Annotations MicronsPerPixel="0.2527"><Annotation Id="1"><Regions><Region Id="1"><Vertices>'
    '<Vertex X="10" Y="10"/><Vertex X="60" Y="10"/><Vertex X="60" Y="60"/><Vertex X="10" Y="60"/>'
    "</Vertices></Region></Regions></Annotation></Annotations>"
)


def draw(images, labels, names):
    for seed, name in enumerate(names):
        picture(images / f"{name}.tif", 300, seed=seed)
        labels.mkdir(parents=True, exist_ok=True)
        (labels / f"{name}.xml").write_text(XML)


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(monuseg, "TRAIN", 2)
    monkeypatch.setattr(monuseg, "TEST", 1)
    train = tmp_path / "raw/MoNuSeg 2018 Training Data"
    draw(train / "Tissue Images", train / "Annotations", TRAIN)
    draw(tmp_path / "raw/MoNuSegTestData", tmp_path / "raw/MoNuSegTestData", TEST)
    return tmp_path / "raw"


def test_images_and_outlines_are_registered_and_split_as_published(drawn, tmp_path, monkeypatch):
    init(tmp_path / "study", "monuseg", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert len(slides) == 6
    assert patients(slides, "train") == {"TCGA-18-5592", "TCGA-38-6178"}
    assert patients(slides, "test") == {"TCGA-2Z-A9J9"}
    image, mask = slides[TRAIN[0]], slides[f"{TRAIN[0]}-nuclei"]
    assert (image.site, image.mpp, image.stain, image.unit) == ("18", 0.25, "HE", "patients")
    assert (mask.site, mask.mpp, mask.stain, mask.paired_with) == ("18", None, "nuclei", TRAIN[0])


def test_the_study_is_fit(drawn, tmp_path):
    init(tmp_path / "study", "monuseg", drawn)
    status, said = check(tmp_path / "study")
    assert status == 0, said


def test_outlines_that_are_missing_are_named(drawn, tmp_path):
    (drawn / f"MoNuSeg 2018 Training Data/Annotations/{TRAIN[1]}.xml").unlink()
    with pytest.raises(StudyError, match=f"outlines in .*Annotations: {TRAIN[1]}.xml missing"):
        init(tmp_path / "study", "monuseg", drawn)
    assert not (tmp_path / "study").exists()


def test_a_test_that_is_missing_is_named(drawn, tmp_path):
    (drawn / "MoNuSegTestData").rename(tmp_path / "elsewhere")
    with pytest.raises(StudyError, match="MoNuSegTestData is missing"):
        init(tmp_path / "study", "monuseg", drawn)


def test_a_patient_of_both_parts_is_refused(drawn, tmp_path):
    draw(drawn / "MoNuSegTestData", drawn / "MoNuSegTestData", ["TCGA-18-5592-01Z-00-DX2"])
    with pytest.raises(SheetError, match="'TCGA-18-5592' is in two splits"):
        init(tmp_path / "study", "monuseg", drawn, "--partial")
    assert not (tmp_path / "study").exists()


def test_a_name_without_a_patient_is_told(drawn, tmp_path):
    draw(drawn / "MoNuSegTestData", drawn / "MoNuSegTestData", ["liver_1"])
    with pytest.raises(StudyError, match="no barcode of TCGA"):
        init(tmp_path / "study", "monuseg", drawn)


def test_real_images_under_the_other_name_of_the_folder(real_data, tmp_path, monkeypatch):
    init(tmp_path / "study", "monuseg", real_data / "nuc_monuseg_ykrmm/datasets", "--partial")
    slides = sheet(tmp_path / "study", monkeypatch)
    assert patients(slides, "train") == {"TCGA-21-5784", "TCGA-21-5786"}
    assert len(slides) == 4


def test_a_second_copy_of_an_image_is_refused_by_its_name(drawn, tmp_path):
    for path in list(drawn.rglob(f"{TRAIN[0]}.*")):
        path.with_name(f"{path.stem} (1){path.suffix}").write_bytes(path.read_bytes())
    with pytest.raises(StudyError, match=r"DX1 \(1\)' is no plain name") as error:
        init(tmp_path / "study", "monuseg", drawn, "--partial")
    assert "move it away" in error.value.fix
    assert not (tmp_path / "study").exists()


def test_an_image_of_both_parts_is_refused(drawn, tmp_path):
    for path in list(drawn.rglob(f"{TRAIN[0]}.*")):
        (drawn / "MoNuSegTestData" / path.name).write_bytes(path.read_bytes())
    with pytest.raises(StudyError, match=f"2 names of slides are taken twice, such as {TRAIN[0]} by "):
        init(tmp_path / "study", "monuseg", drawn, "--partial")
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize("name", ["my, \"data\" [1] 'é' ü", " *? ", "a\nb"])
def test_folders_may_have_any_name(drawn, tmp_path, monkeypatch, name):
    init(tmp_path / "study", "monuseg", drawn.rename(tmp_path / name))
    assert all(slide.images()[0].is_file() for slide in sheet(tmp_path / "study", monkeypatch).values())


def test_images_may_be_links_to_elsewhere(drawn, tmp_path, monkeypatch):
    (drawn / "MoNuSegTestData").rename(tmp_path / "elsewhere")
    (drawn / "MoNuSegTestData").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "linked").symlink_to(drawn)
    init(tmp_path / "study", "monuseg", tmp_path / "linked")
    tested = sheet(tmp_path / "study", monkeypatch)[TEST[0]]
    assert tested.path == str(drawn / f"MoNuSegTestData/{TEST[0]}.tif")
    assert tested.images()[0].is_file()
