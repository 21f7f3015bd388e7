import shutil
from pathlib import Path

import pytest

from pipeline.core.errors import StudyError
from pipeline.engine import command
from pipeline.engine.command import DIGEST, argument, find_job

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    for name in ("params.yaml", "data/slides.csv"):
        shutil.copyfile(ROOT / name, name)


@pytest.fixture
def job():
    return find_job("tile", "A1-HE", spec=None)


def test_a_job_that_is_given_needs_no_study(job):
    text = argument(job)
    Path("params.yaml").unlink()
    assert find_job("tile", "A1-HE", spec=text) == job


def test_a_job_that_is_told_by_its_digest_is_that_of_the_study(job, monkeypatch):
    monkeypatch.setattr(command, "LONGEST", 10)
    text = argument(job)
    assert text.startswith(DIGEST)
    assert find_job("tile", "A1-HE", spec=text) == job


def test_a_study_that_changed_since_is_told(job, monkeypatch):
    monkeypatch.setattr(command, "LONGEST", 10)
    text = argument(job)
    Path("params.yaml").write_text(Path("params.yaml").read_text().replace("min_tissue: 0.5", "min_tissue: 0.6"))
    with pytest.raises(StudyError, match="tile A1-HE is another job") as error:
        find_job("tile", "A1-HE", spec=text)
    assert "start it again" in error.value.fix
