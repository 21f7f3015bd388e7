import pytest

from pipeline.core.slides.coordinates import find_coordinates


@pytest.mark.parametrize("name", ["x.1_patches.h5", "patches/x.1_patches.h5", "x.1.h5", "patches/x.1.h5"])
def test_a_slide_is_found_by_its_id(tmp_path, name):
    (tmp_path / "patches").mkdir()
    (tmp_path / name).touch()
    assert find_coordinates(str(tmp_path), "x.1", "scans/other.svs") == tmp_path / name


def test_its_id_comes_before_the_name_of_its_file(tmp_path):
    (tmp_path / "scan.1.h5").touch()
    assert find_coordinates(str(tmp_path), "A1-HE", "scans/scan.1.svs") == tmp_path / "scan.1.h5"
    (tmp_path / "A1-HE.h5").touch()
    assert find_coordinates(str(tmp_path), "A1-HE", "scans/scan.1.svs") == tmp_path / "A1-HE.h5"


def test_a_slide_without_coordinates(tmp_path):
    (tmp_path / "B.h5").touch()
    assert find_coordinates(str(tmp_path), "A", "A.svs") is None
