import numpy as np
import pytest

from pipeline.core.cohort.vectors import read_vectors
from pipeline.core.errors import ProductError

TILES = "slide_id,x,y,a,b\ns,0,0,1,2\ns,0,8,3,4\nt,0,0,5,6\n"


@pytest.fixture
def table(tmp_path):
    def write(text):
        path = tmp_path / "genes.csv"
        path.write_text(text)
        return read_vectors(path)

    return write


def test_the_line_of_a_tile_is_that_of_its_corner(table):
    assert table(TILES).of("s", np.array([[0, 8], [0, 0]])).tolist() == [[3.0, 4.0], [1.0, 2.0]]


def test_all_tiles_of_a_slide_have_its_line(table):
    found = table("slide_id,a\ns,7\nt,8\n").of("t", np.zeros((3, 2), np.int64))
    assert found.dtype == np.float32
    assert found.tolist() == [[8.0]] * 3


@pytest.mark.parametrize("name", ["007", "NA", "1e3"])
def test_a_name_stays_a_name(table, name):
    assert table(f"slide_id,a\n{name},1\n").of(name, np.zeros((1, 2), np.int64)).tolist() == [[1.0]]


def test_tiles_without_a_line_are_counted(table):
    with pytest.raises(ProductError, match="no line of 2 of 3 tiles of s, such as that at 8, 0"):
        table(TILES).of("s", np.array([[0, 0], [8, 0], [8, 8]]))


def test_slides_without_a_line_are_named(table):
    with pytest.raises(ProductError, match="no line of 2 slides: u, v"):
        table(TILES).require(["s", "v", "u"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "found No columns"),
        ("slide,a\ns,1\n", "found columns slide, a"),
        ("slide_id\ns\n", "found columns slide_id"),
        ("slide_id,x,a\ns,0,1\n", "found columns slide_id, x, a"),
        ("slide_id,a,b\ns,1,2\nt,1,2,3\n", "Expected 3 fields in line 3, saw 4"),
        ("slide_id,a,b\ns,1,2\nt,1\n", "no finite number in line 3, column 'b'"),
        ("slide_id,a\ns,high\n", "no finite number in line 2, column 'a'"),
        ("slide_id,a\ns,1\ns,2\n", "two lines of s"),
        ("slide_id,a\ns,1,2\nt,3,4\n", "Length of header or names does not match length of data"),
        ("slide_id,a\ns,NA\n", "no finite number in line 2, column 'a'"),
        ("slide_id,x,y,a\ns,foo,0,1\n", "no x in line 2"),
        ("slide_id,x,y,a\ns,0,0,1\ns,0,0.5,1\n", "no y in line 3"),
        ("slide_id,a\n,1\n", "no slide_id in line 2"),
    ],
)
def test_what_is_no_such_table_is_told(table, text, message):
    with pytest.raises(ProductError, match=message):
        table(text)
