import pytest

from pipeline.core.errors import SheetError
from pipeline.study.sheet import Slide, read_sheet, write_sheet


def sheet(tmp_path, text, *files, **more):
    for name in files:
        (tmp_path / name).write_bytes(b"x")
    path = tmp_path / "slides.csv"
    path.write_text(text.replace("@", f"{tmp_path}/"))
    return read_sheet(path, **{"seed": 0, "test_share": 0.3, **more})


def test_only_path_is_needed(tmp_path):
    slides = sheet(tmp_path, "path\n@a.svs\n", "a.svs")
    assert slides["a"].patient_id == "a"
    assert slides["a"].stain == "HE"


def test_foreign_column_names(tmp_path):
    slides = sheet(tmp_path, "PATIENT,FILENAME\np1,@a.svs\n", "a.svs")
    assert slides["a"].patient_id == "p1"


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("slide_id,path\na,@a\na,@a\n", "occurs twice", "own id"),
        ("path\n@missing\n", "missing", "mend the path"),
        ("path,colour\n@a,red\n", "unknown columns", "columns:"),
        ("path,split\n@a,dev\n", "split 'dev'", "train, val, test"),
        ("path,mpp\n@a,fine\n", "no number", "0.25"),
        ("path,mpp\n@a,2500\n", "implausible", "0.25"),
        ("slide_id,path,paired_with\na,@a,b\n", "not in the sheet", "registered slide"),
        ("slide_id,path,paired_with\na,@a,a\n", "itself", "leave it empty"),
        ("slide_id,path,stain,paired_with\na,@a,HE,\nb,@a,HE,a\n", "same stain, HE", "two stains"),
        (
            "slide_id,path,stain,paired_with\na,@a,HE,\nb,@a,CK,a\nc,@a,PAS,b\n",
            "'b', which is itself paired with 'a'",
            "own paired_with is empty",
        ),
        (
            "slide_id,path,stain,patient_id,paired_with\na,@a,HE,p,\nb,@a,CK,q,a\n",
            "one patient; found 'p' (a), 'q' (b)",
            "one patient_id",
        ),
        ("slide_id,path\n../a,@a\n", "slide_id", "letters, digits"),
        ("slide_id,path\nindex,@a\n", "taken", "rename"),
        ("slide_id,path,patient_id,split\na,@a,p,train\nb,@a,p,test\n", "two splits", "same split"),
    ],
)
def test_mistakes_name_place_and_fix(tmp_path, text, message, fix):
    with pytest.raises(SheetError) as error:
        sheet(tmp_path, text, "a")
    assert message in str(error.value)
    assert fix in error.value.fix
    assert "slides.csv" in error.value.where


def test_a_new_patient_moves_no_other(tmp_path):
    rows = [f"s{i},@a,p{i}" for i in range(40)]
    first = sheet(tmp_path, "slide_id,path,patient_id\n" + "\n".join(rows[:30]) + "\n", "a")
    second = sheet(tmp_path, "slide_id,path,patient_id\n" + "\n".join(rows) + "\n", "a")
    assert {name: s.split for name, s in first.items()}.items() <= {name: s.split for name, s in second.items()}.items()
    assert {"train", "test"} == {s.split for s in first.values()}


def test_slides_of_a_patient_share_the_drawn_split(tmp_path):
    rows = "".join(f"s{i},@a,p{i % 7}\n" for i in range(35))
    slides = sheet(tmp_path, "slide_id,path,patient_id\n" + rows, "a")
    assert len({(s.patient_id, s.split) for s in slides.values()}) == 7


def test_write_and_read(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    slide = Slide("a", str(tmp_path / "a"), "p", "s", "HE", "train", mpp=0.25)
    write_sheet(tmp_path / "slides.csv", [slide])
    assert read_sheet(tmp_path / "slides.csv", seed=0, test_share=0.5) == {"a": slide}


def test_pattern_lists_files_in_name_order(tmp_path):
    for name in ("2[7].png", "1[7].png", "1[8].png"):
        (tmp_path / name).write_bytes(b"x")
    slide = Slide("a", f"{tmp_path}/*[[]7].png", "p", "s", "HE", "train")
    assert [path.name for path in slide.files()] == ["1[7].png", "2[7].png"]


@pytest.mark.parametrize(("first", "second", "patient"), [("", "p", "p"), ("p", "", "p"), ("", "", "a")])
def test_registered_slides_are_of_one_patient(tmp_path, first, second, patient):
    rows = f"a,@a,HE,{first},\nb,@a,CK,{second},a\nc,@a,PAS,,a\n"
    slides = sheet(tmp_path, "slide_id,path,stain,patient_id,paired_with\n" + rows, "a", test_share=0.5)
    assert {(s.patient_id, s.split) for s in slides.values()} == {(patient, slides["a"].split)}


def test_a_sheet_in_another_encoding_is_told(tmp_path):
    (tmp_path / "slides.csv").write_bytes("path,site\na.svs,Köln\n".encode("latin-1"))
    with pytest.raises(SheetError, match="not UTF-8") as error:
        read_sheet(tmp_path / "slides.csv", seed=0, test_share=0.3)
    assert "UTF-8" in error.value.fix


def test_a_folder_is_its_images(tmp_path):
    for name in ("b.png", "a.TIF", "labels.csv", ".hidden.png"):
        (tmp_path / name).touch()
    slide = Slide("s", str(tmp_path), "p", "x", "HE", "train")
    assert [path.name for path in slide.files()] == ["a.TIF", "b.png"]


def test_a_folder_of_dicom_files_is_one_image_of_many_files(tmp_path):
    for folder, suffix in (("dicom", "dcm"), ("crops", "png")):
        (tmp_path / folder).mkdir()
        for name in "ab":
            (tmp_path / folder / f"{name}.{suffix}").write_bytes(b"x")
    dicom, crops = (Slide(name, str(tmp_path / name), "p", "s", "HE", "train") for name in ("dicom", "crops"))
    assert dicom.images() == [tmp_path / "dicom"]
    assert dicom.files() == [tmp_path / "dicom" / "a.dcm", tmp_path / "dicom" / "b.dcm"]
    assert crops.images() == crops.files()
