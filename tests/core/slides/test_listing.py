from pathlib import Path

import pytest

from pipeline.core.errors import SlideError
from pipeline.core.slides.listing import read_list, write_list
from pipeline.core.slides.slide import Slide


def test_what_is_written_is_read_in_name_order(tmp_path):
    write_list(tmp_path / "a.txt", Path("raw"), ["b-c/1.png", "b/2.png", "a/10.png", "a/9.png"])
    assert read_list(tmp_path / "a.txt") == [Path("raw") / n for n in ("a/10.png", "a/9.png", "b/2.png", "b-c/1.png")]
    patterned = [Path("raw/b-c/1.png"), Path("raw/b/2.png"), Path("raw/a/10.png"), Path("raw/a/9.png")]
    assert read_list(tmp_path / "a.txt") == sorted(patterned)


def test_without_a_folder_paths_lie_beside_the_list(tmp_path):
    (tmp_path / "a.txt").write_text("\ufeffx/1.png\r\n\n  2.png \n", encoding="utf-8")
    assert read_list(tmp_path / "a.txt") == [tmp_path / "2.png", tmp_path / "x/1.png"]


@pytest.mark.parametrize("name", ["../1.png", "a/../1.png", "/etc/1.png", "a//1.png", "./1.png", "a\\1.png", "a/"])
def test_a_path_that_may_leave_the_folder_is_refused(tmp_path, name):
    (tmp_path / "a.txt").write_text(f"folder: raw\n1.png\n{name}\n")
    with pytest.raises(SlideError, match="no path below") as error:
        read_list(tmp_path / "a.txt")
    assert error.value.where == f"{tmp_path / 'a.txt'} line 3"


@pytest.mark.parametrize(("text", "message"), [("", "no images"), ("folder: x\n", "no images"), ("1\n1\n", "twice")])
def test_a_list_names_images_once(tmp_path, text, message):
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(SlideError, match=message):
        read_list(tmp_path / "a.txt")


def test_a_changed_list_is_read_anew(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("1.png\n")
    assert len(read_list(path)) == 1
    path.write_text("1.png\n2.png\n")
    assert len(read_list(path)) == 2


def test_a_slide_of_a_list_depends_on_the_list_alone(tmp_path):
    for name in ("b", "a"):
        (tmp_path / name).mkdir()
    write_list(tmp_path / "a.txt", tmp_path, ["b", "a"])
    slide = Slide(slide_id="a", path=str(tmp_path / "a.txt"))
    assert slide.images() == slide.folders() == [tmp_path / "a", tmp_path / "b"]
    assert slide.files() == [tmp_path / "a.txt"]
