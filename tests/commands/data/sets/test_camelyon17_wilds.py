import pandas as pd
import pytest

from pipeline.commands.data.sets import camelyon17_wilds
from pipeline.core.errors import StudyError
from tests.commands.data.drawn import check, init, patients, picture, sheet

NODES = [
    ("004", 4, 0),
    ("012", 0, 0),
    ("060", 1, 3),
    ("020", 4, 1),
    ("042", 3, 2),
    ("042", 1, 2),
]


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Four patches of each label of six nodes, named by patient, node and centre; one in four is of the validation."""
    monkeypatch.setattr(camelyon17_wilds, "PARTS", {"train": 18, "id_val": 6, "val": 8, "test": 16})
    home, rows = tmp_path / "wilds/camelyon17_v1.0", []
    for slide, (patient, node, center) in enumerate(NODES):
        for place in range(8):
            x, y = 3328 + 32 * place, 21792
            name = f"patient_{patient}_node_{node}"
            picture(home / f"patches/{name}/patch_{name}_x_{x}_y_{y}.png", 96, seed=100 * slide + place)
            row = {"patient": patient, "node": node, "x_coord": x, "y_coord": y, "tumor": place % 2, "slide": slide}
            rows.append({**row, "center": center, "split": int(place // 2 == 3)})
    pd.DataFrame(rows).to_csv(home / "metadata.csv")
    return home


def test_a_node_and_label_is_a_slide_in_the_split_of_its_centre(drawn, tmp_path, monkeypatch):
    said = init(tmp_path / "study", "camelyon17-wilds", drawn)
    slides = sheet(tmp_path / "study", monkeypatch)
    assert len(slides) == 12
    assert patients(slides, "train") == {"patient_004", "patient_012", "patient_060"}
    assert patients(slides, "val") == {"patient_020"}
    assert patients(slides, "test") == {"patient_042"}
    assert {s.site for s in slides.values()} == {"center_0", "center_1", "center_2", "center_3"}
    assert {(s.unit, s.mpp) for s in slides.values()} == {("patients", 1.0)}
    assert "6 patches of id_val are left out" in said
    tumor = slides["patient_004_node_4-tumor"]
    assert tumor.label == "tumor"
    assert [path.stem.split("_")[6] for path in tumor.images()] == ["3360", "3424", "3488"]  # the fourth is of id_val


def test_the_study_is_fit(drawn, tmp_path):
    init(tmp_path / "study", "camelyon17-wilds", drawn.parent)  # the folder that holds it will do
    status, said = check(tmp_path / "study")
    assert status == 0, said


def test_missing_patches_and_folders_are_named(drawn, tmp_path):
    name = "patient_060_node_1"
    (drawn / f"patches/{name}/patch_{name}_x_3328_y_21792.png").unlink()
    (drawn / "patches/patient_020_node_4").rename(drawn / "elsewhere")
    with pytest.raises(StudyError) as error:
        init(tmp_path / "study", "camelyon17-wilds", drawn)
    assert f"patches of {name}: patch_{name}_x_3328_y_21792.png missing" in error.value.message
    assert "patches/patient_020_node_4 is missing" in error.value.message
    assert not (tmp_path / "study").exists()


def test_a_table_that_is_cut_off_is_told_by_its_parts(drawn, tmp_path, monkeypatch):
    table = drawn / "metadata.csv"
    table.write_text("".join(table.read_text().splitlines(keepends=True)[:25]))
    with pytest.raises(StudyError, match=r"patches of test in metadata\.csv: 0 instead of 16"):
        init(tmp_path / "study", "camelyon17-wilds", drawn)
    init(tmp_path / "study", "camelyon17-wilds", drawn, "--partial")
    assert len(sheet(tmp_path / "study", monkeypatch)) == 6


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n"])
def test_another_table_is_refused(drawn, tmp_path, text):
    (drawn / "metadata.csv").write_text(text)
    with pytest.raises(StudyError, match=r"columns of metadata\.csv|no table"):
        init(tmp_path / "study", "camelyon17-wilds", drawn, "--partial")


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(StudyError, match=r"metadata\.csv is missing"):
        init(tmp_path / "study", "camelyon17-wilds", tmp_path)


def edit(table, column, cell):
    """Another cell in the first row of a column, or in all."""
    frame = pd.read_csv(table, index_col=0, dtype=str)
    frame.iloc[slice(None) if column == "tumor" else 0, frame.columns.get_loc(column)] = cell
    frame.to_csv(table)


@pytest.mark.parametrize("cell", ["", "x y", "1.0", "-1", "../.."])
@pytest.mark.parametrize("column", ["patient", "node", "center", "split"])
def test_a_row_that_cannot_be_read_is_told_and_moves_no_other_to_another_split(
    drawn, tmp_path, monkeypatch, column, cell
):
    edit(drawn / "metadata.csv", column, cell)
    with pytest.raises(StudyError, match=rf"metadata\.csv: {column} is unknown in 1 rows, such as '{cell}'"):
        init(tmp_path / "study", "camelyon17-wilds", drawn)
    init(tmp_path / "study", "camelyon17-wilds", drawn, "--partial")
    slides = sheet(tmp_path / "study", monkeypatch)
    assert (patients(slides, "val"), patients(slides, "test")) == ({"patient_020"}, {"patient_042"})


def test_patches_without_labels_are_another_set(drawn, tmp_path):
    edit(drawn / "metadata.csv", "tumor", "-1")
    with pytest.raises(StudyError, match="tumor is unknown in 48 rows, such as '-1'"):
        init(tmp_path / "study", "camelyon17-wilds", drawn, "--partial")


def test_a_row_that_is_there_twice_is_one_patch(drawn, tmp_path, monkeypatch):
    lines = (drawn / "metadata.csv").read_text().splitlines()
    (drawn / "metadata.csv").write_text("\n".join([*lines, lines[1]]))
    with pytest.raises(StudyError, match="19 instead of 18"):
        init(tmp_path / "study", "camelyon17-wilds", drawn)
    init(tmp_path / "study", "camelyon17-wilds", drawn, "--partial")
    assert len(sheet(tmp_path / "study", monkeypatch)["patient_004_node_4-normal"].images()) == 3
