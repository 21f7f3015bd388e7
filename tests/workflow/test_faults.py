"""What goes wrong on a disk while a slide is cut: it is said on one screen, and nothing half is taken for whole."""

import json
import os
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pipeline.core.slides.slide import Slide
from pipeline.study.tile import CUT, Tile
from tests.phantom.jobs import phantom_job, write_phantom

SYNPRIV = Path(sys.executable).with_name("synpriv")


@pytest.fixture(scope="module")
def slide(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slide")
    write_phantom(phantom_job(folder, "A1-HE"))
    return folder / "A1-HE.tif"


@pytest.fixture
def cut(slide, tmp_path):
    """Runs ``synpriv tile slide`` of the slide in an empty folder; returns the finished process."""
    (tmp_path / "data").mkdir()
    path = shutil.copy2(slide, tmp_path / "s.tif")
    row = Slide(slide_id="s", path=str(path), patient_id="p", site="x", stain="HE", split="train").row()
    tile = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())["tile"]
    section = Tile(**{**tile, "size": 64, "stride": 32, "phantom": None}).model_dump(mode="json")
    spec = {**section, "channels": {}, "slide": row}
    job = CUT.job("s", groups={"images": {"s.tif": Path("s.tif")}}, spec=spec)

    def run(**limits):
        command = [SYNPRIV, "tile", "slide", "s", "--spec", job.to_json()]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, **limits)

    return run


def store(folder):
    return folder / "data/tiles/s.zarr"


def manifest(folder):
    path = folder / "data/tiles/s.json"
    return json.loads(path.read_text()) if path.exists() else None


def told(done, *words):
    screen = done.stdout + done.stderr
    assert done.returncode == 2, screen
    assert "Traceback" not in screen
    assert all(word in screen for word in words), screen
    assert len(screen.splitlines()) <= 8


def test_a_full_disk(cut, tmp_path):
    whole = cut()
    assert whole.returncode == 0, whole.stderr
    made = manifest(tmp_path)
    shutil.rmtree(tmp_path / "data/tiles")
    # a limit on the size of a file fails like a disk without space, where no disk can be mounted
    done = cut(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)))
    told(done, "too large", "fix:")
    assert manifest(tmp_path) is None
    assert not store(tmp_path).exists()
    assert cut().returncode == 0
    assert manifest(tmp_path) == made


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_disk_without_space(cut, tmp_path):
    (tmp_path / "data/tiles").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path / "data/tiles")]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        told(cut(), "No space left", "free space")
        assert manifest(tmp_path) is None
        assert not store(tmp_path).exists()
    finally:
        subprocess.run(["umount", str(tmp_path / "data/tiles")], check=True)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written(cut, tmp_path):
    (tmp_path / "data").chmod(0o555)
    told(cut(), "Permission denied", "chmod")
    assert manifest(tmp_path) is None


def test_a_file_where_a_folder_should_be(cut, tmp_path):
    (tmp_path / "data/tiles").write_text("")
    told(cut(), "data/tiles", "fix:")
    assert manifest(tmp_path) is None


def test_a_slide_that_vanished_before_its_job(cut, tmp_path):
    (tmp_path / "s.tif").unlink()
    told(cut(), "s.tif", "fix:")
    assert manifest(tmp_path) is None
