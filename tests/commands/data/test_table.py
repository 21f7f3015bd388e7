import gzip

import pytest

from pipeline.commands.data.folder import Folder
from pipeline.commands.data.table import read_table
from pipeline.core.errors import StudyError

TEXT = "name, patient ID ,grade\r007,None, benign\r008,1,malignant\r"


def read(tmp_path, content, columns=("name", "patient ID")):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    folder = Folder(tmp_path, tmp_path / "study")
    return read_table(folder, path, columns), folder.missing


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_cells_are_text_whatever_the_line_ends(tmp_path, end):
    frame, missing = read(tmp_path, ("\ufeff" + TEXT.replace("\r", end)).encode())
    assert frame.to_dict("list") == {
        "name": ["007", "008"],
        "patient ID": ["None", "1"],
        "grade": ["benign", "malignant"],
    }
    assert not missing


def test_a_compressed_table_is_known_by_its_first_bytes(tmp_path):
    assert len(read(tmp_path, gzip.compress(TEXT.encode()))[0]) == 2


def test_columns_that_are_missing_are_told(tmp_path):
    assert read(tmp_path, TEXT.encode(), ("name", "split")) == (None, ["columns of a.csv: split missing"])


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", gzip.compress(TEXT.encode() * 99)[:-20], b"a,b\n1,2,3\n1,2,3,4\n"],
    ids=["empty", "other letters", "cut off", "ragged"],  # a compressed one bears the time
)
def test_what_is_no_table_is_refused(tmp_path, content):
    with pytest.raises(StudyError, match="no table") as error:
        read(tmp_path, content)
    assert error.value.where.endswith("a.csv")


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(StudyError, match="no table"):
        read_table(Folder(tmp_path, tmp_path / "study"), tmp_path, ("name",))


def test_cells_that_a_row_lacks_are_empty(tmp_path):
    frame, _ = read(tmp_path, b"name,patient ID\n1\n\n2,3\n")
    assert frame.to_dict("list") == {"name": ["1", "2"], "patient ID": ["", "3"]}
