import numpy as np
import pytest

from pipeline.core.errors import ProductError
from pipeline.core.text.caption_file import read_captions

XY = np.array([[0, 0], [512, 0], [512, 512]])


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "captions.csv"
        path.write_text(text)
        return path

    return write


def test_captions_of_slides(file):
    found = read_captions(file("slide_id,caption\nA,pale\nA,a pale tile\nB,dark\n"))
    assert found.of("A", XY) == [("pale", "a pale tile")] * 3
    assert found.of("B", XY[:1]) == [("dark",)]
    assert found.of("C", XY) == [(), (), ()]


def test_captions_of_tiles_come_before_those_of_their_slide(file):
    found = read_captions(file('slide_id,x,y,caption\nA,512,0,"dark, dense"\nA,,,pale\nB,0,0,none\n'))
    assert found.of("A", XY) == [("pale",), ("dark, dense",), ("pale",)]
    assert found.of("B", XY) == [("none",), (), ()]


@pytest.mark.parametrize(
    ("text", "message", "where"),
    [
        ("slide,caption\nA,pale\n", "expected columns: slide_id, caption; .* found slide, caption", "line 1"),
        ("slide_id,x,caption\nA,1,pale\n", "found slide_id, x, caption", "line 1"),
        ("slide_id,x,y,caption\nA,1,,pale\n", r"expected x and y, found \['1', ''\]", "line 2"),
        ("slide_id,x,y,caption\nA,1,2,pale\nA,1.5,0,pale\n", r"found \['1.5', '0'\]", "line 3"),
        ("slide_id,caption\nA, \n", "an empty caption", "line 2"),
        ("", "not a CSV table", "captions.csv"),
    ],
)
def test_mistakes_name_their_line(file, text, message, where):
    with pytest.raises(ProductError, match=message) as error:
        read_captions(file(text))
    assert error.value.where.endswith(where)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ProductError, match="no caption file"):
        read_captions(tmp_path / "none.csv")


def test_captions_with_commas_and_no_quotes_are_told(file):
    with pytest.raises(ProductError, match="more columns than the first") as error:
        read_captions(file("slide_id,caption\nA1,tumour, dense\nA2,tumour, pale\n"))
    assert "in quotes" in error.value.fix
