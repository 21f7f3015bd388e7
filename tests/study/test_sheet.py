from pathlib import Path

import pytest

from pipeline.core.errors import SheetError
from pipeline.core.slides.slide import Slide
from pipeline.study.sheet import find_row, read_sheet, write_sheet


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


def test_a_patient_may_stand_for_something_else(tmp_path):
    slides = sheet(tmp_path, "path,unit\n@a,cores of a block\n@b,\n", "a", "b")
    assert (slides["a"].unit, slides["b"].unit) == ("cores of a block", "patients")


def test_foreign_column_names(tmp_path):
    slides = sheet(tmp_path, "PATIENT,FILENAME\np1,@a.svs\n", "a.svs")
    assert slides["a"].patient_id == "p1"


@pytest.mark.parametrize(
    ("text", "message", "fix"),
    [
        ("slide_id,path\na,@a\na,@a\n", "occurs twice", "own id"),
        ("path\n@missing\n", "missing", "correct the path"),
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
    slide = Slide(slide_id="a", path=str(tmp_path / "a"), patient_id="p", site="s", stain="HE", split="train", mpp=0.25)
    write_sheet(tmp_path / "slides.csv", [slide])
    assert read_sheet(tmp_path / "slides.csv", seed=0, test_share=0.5) == {"a": slide}


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


def test_cells_with_commas_quotes_and_lines_are_one_cell(tmp_path):
    text = 'path,label,site\n@a.svs,"grade 1, low","the ""old"" scanner\nof Köln"\n'
    slides = sheet(tmp_path, "\ufeff" + text, "a.svs")
    assert slides["a"].label == "grade 1, low"
    assert slides["a"].site == 'the "old" scanner\nof Köln'


def test_words_that_mean_missing_elsewhere_are_words(tmp_path):
    slides = sheet(tmp_path, "slide_id,path,label,patient_id\n01,@a,NA,007\nnull,@a,nan,None\n", "a")
    assert [(s.slide_id, s.label, s.patient_id) for s in slides.values()] == [
        ("01", "NA", "007"),
        ("null", "nan", "None"),
    ]


def test_lines_are_those_of_an_editor_and_every_row_is_told(tmp_path):
    text = 'path,label,split\n@a,"two\nlines",train\n\n@b,,dev\n@c,,dev\n'
    with pytest.raises(SheetError) as error:
        sheet(tmp_path, text, "a", "b", "c")
    assert error.value.message.startswith("2 rows have mistakes\n- split 'dev' is no split")
    for line in (5, 6):
        assert f"{tmp_path / 'slides.csv'} line {line}, column split" in error.value.message


def test_empty_cells_at_the_end_are_no_columns(tmp_path):
    slides = sheet(tmp_path, "path,site,,\n@a,x,,\n@b\n,,,\n", "a", "b")
    assert [slide.site for slide in slides.values()] == ["x", "unknown"]


@pytest.mark.parametrize(
    ("text", "message", "place", "fix"),
    [
        ("", "empty slide sheet", "slides.csv", "slide_id"),
        ("path,site\n@a,x,y\n", "3 cells, expected 2", "line 2", "double quotes"),
        ("path,FILENAME\n@a,@a\n", "several columns for ['path']", "line 1", "columns:"),
        ("path;site\n@a;x\n", "unknown columns ['path;site']", "line 1", "commas"),
        ('path,site\n@a,x\n@a,"y\n', "not CSV", "row 3", "double quote"),
        ("site\nx\n", "no column 'path'", "line 1", "only path"),
        ("path,site\n,x\n", "path '' is empty", "line 2, column path", "file, folder or pattern"),
        ("path,mpp\n@a,nan\n", "mpp 'nan' is implausible", "line 2, column mpp", "0.25"),
        ("path,annotations\n@a,@none\n", "none' are missing", "line 2, column annotations", "leave it empty"),
    ],
)
def test_mistakes_of_form(tmp_path, text, message, place, fix):
    with pytest.raises(SheetError) as error:
        sheet(tmp_path, text, "a")
    assert message in error.value.message
    assert place in error.value.where
    assert fix in error.value.fix


def test_a_written_sheet_is_plain(tmp_path):
    slide = Slide(slide_id="a", path="b, c.svs", patient_id="p", split="test", mpp=0.5)
    write_sheet(tmp_path / "data/slides.csv", [slide, slide.changed(slide_id="d", mpp=None, label='say "x"')])
    assert (tmp_path / "data/slides.csv").read_bytes().decode() == (
        "slide_id,patient_id,path,site,stain,mpp,split,label,annotations,paired_with,unit\n"
        'a,p,"b, c.svs",unknown,HE,0.5,test,,,,patients\n'
        'd,p,"b, c.svs",unknown,HE,,test,"say ""x""",,,patients\n'
    )


def test_a_row_is_found_by_its_file_however_that_is_written(tmp_path, monkeypatch):
    (tmp_path / "slides").mkdir()
    (tmp_path / "slides/a.svs").touch()
    (tmp_path / "link.svs").symlink_to("slides/a.svs")
    path = tmp_path / "slides.csv"
    path.write_text("slide_id,path,stain\ngone,gone.svs,\nA,slides/../slides/a.svs,IHC\n,,PAS\n")
    monkeypatch.chdir(tmp_path)
    for name in ("slides/a.svs", "link.svs", tmp_path / "slides/a.svs"):
        found = find_row(path, Path(name))
        assert (found.slide_id, found.stain) == ("A", "IHC")
    assert find_row(path, Path("b.svs")) is None
    assert find_row(tmp_path / "none.csv", Path("link.svs")) is None


def test_a_mistake_in_the_row_that_is_asked_for_is_told(tmp_path):
    path = tmp_path / "slides.csv"
    path.write_text("path,mpp\nother.svs,wide\na.svs,fine\n")
    with pytest.raises(SheetError, match="no number") as error:
        find_row(path, Path("a.svs"))
    assert error.value.where == f"{path} line 3, column mpp"


def test_a_list_that_cannot_be_read_is_a_mistake_of_its_row(tmp_path):
    (tmp_path / "a.txt").write_text("1.png\n../2.png\n")
    with pytest.raises(SheetError, match=r"a\.txt line 2") as error:
        sheet(tmp_path, "path\n@a.txt\n")
    assert "line 2, column path" in error.value.where
