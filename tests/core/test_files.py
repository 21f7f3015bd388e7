import pytest

from pipeline.core.errors import ProductError
from pipeline.core.files import aside, read_json, write_json


def test_a_file_is_whole_or_not_there(tmp_path):
    path = tmp_path / "new" / "a.json"
    with pytest.raises(ZeroDivisionError), aside(path) as partial:
        partial.write_text(str(1 / 0))
    assert not path.exists()
    write_json(path, {"b": 1, "a": 2})
    assert path.read_text() == '{\n "a": 2,\n "b": 1\n}\n'
    assert [entry.name for entry in path.parent.iterdir()] == ["a.json"]


def test_a_folder_takes_the_place_of_the_old_one(tmp_path):
    for name in ("old", "new"):
        with aside(tmp_path / "f") as partial:
            partial.mkdir()
            (partial / name).touch()
    assert [entry.name for entry in (tmp_path / "f").iterdir()] == ["new"]


def test_what_was_left_half_written_is_gone(tmp_path):
    (tmp_path / "f.partial").mkdir()
    with aside(tmp_path / "f") as partial:
        assert not partial.exists()
        partial.touch()
    assert (tmp_path / "f").is_file()


def test_broken_json_is_told(tmp_path):
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(ProductError, match="not JSON"):
        read_json(tmp_path / "a.json")
