import pytest
import yaml
from typer.testing import CliRunner

from pipeline.commands.init import IGNORED, app
from pipeline.core.errors import StudyError
from pipeline.engine.plan import Plan


def init(*arguments):
    result = CliRunner().invoke(app, list(map(str, arguments)))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_simulated_study_is_ready_to_run(tmp_path, monkeypatch):
    init(tmp_path / "study", "--study", "privileged")
    monkeypatch.chdir(tmp_path / "study")
    assert Plan.here().jobs
    stages = yaml.safe_load((tmp_path / "study/dvc.yaml").read_text())["stages"]
    assert stages["tile"]["cmd"].endswith("workflow/phase.sh tile data/tiles")
    assert {"data/phantom": {"persist": True}} in stages["tile"]["outs"]


def test_own_slides_are_listed_and_watched(tmp_path, monkeypatch):
    (tmp_path / "study/raw").mkdir(parents=True)
    (tmp_path / "study/raw/a.svs").write_bytes(b"x")
    init(tmp_path / "study", "--slides", tmp_path / "study/raw")
    stage = yaml.safe_load((tmp_path / "study/dvc.yaml").read_text())["stages"]["tile"]
    assert "raw" in stage["deps"]
    assert stage["outs"] == [{"data/tiles": {"persist": True}}]
    assert "raw/a.svs" in (tmp_path / "study/data/slides.csv").read_text()


def test_a_study_is_never_overwritten(tmp_path):
    init(tmp_path, "--study", "privileged")
    with pytest.raises(StudyError, match=r"a params\.yaml already"):
        init(tmp_path, "--study", "privileged")


@pytest.mark.parametrize("name", ["dvc.yaml", "data/slides.csv"])
def test_files_of_the_user_are_never_overwritten(tmp_path, name):
    (tmp_path / "data").mkdir()
    (tmp_path / name).write_text("mine")
    with pytest.raises(StudyError, match="already"):
        init(tmp_path, "--study", "privileged")
    assert (tmp_path / name).read_text() == "mine"
    assert not (tmp_path / "params.yaml").exists()


def test_the_users_gitignore_is_kept(tmp_path):
    (tmp_path / ".gitignore").write_text("/mine/\n/logs/")
    (tmp_path / ".dvc").mkdir()
    init(tmp_path, "--study", "privileged")
    lines = (tmp_path / ".gitignore").read_text().splitlines()
    assert lines[:2] == ["/mine/", "/logs/"]
    assert set(IGNORED) <= set(lines)
    assert len(lines) == len(set(lines))


def test_an_unknown_study_lists_the_known(tmp_path):
    with pytest.raises(StudyError) as error:
        init(tmp_path / "study", "--study", "nope")
    assert "he-mihc" in error.value.fix


def test_a_study_of_slides_needs_slides(tmp_path):
    with pytest.raises(StudyError, match="needs slides"):
        init(tmp_path / "study")
