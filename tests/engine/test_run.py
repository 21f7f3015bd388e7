from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.core.errors import ProductError
from pipeline.core.job import Job
from pipeline.core.manifests.manifest import Manifest
from pipeline.engine.run import run

HERE = "tests.engine.test_run"


def make(job):
    job.scratch.mkdir(parents=True)
    (job.scratch / "last.pt").touch()
    return Manifest(payload=(Path("x"),))


def fail(job):
    make(job)
    raise ZeroDivisionError


def job(maker="make", **inputs):
    code = {"maker": f"{HERE}:{maker}"}
    return Job("tile", "tile", ("a",), code, inputs, {"manifest": Path("out/a.json")}, {"mpp": 1.0})


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_sidecars_are_the_same_twice_and_hold_no_absolute_path(folder):
    (folder / "in.txt").write_text("x")
    seen = []
    for _ in range(2):
        run(job(text=Path("in.txt")))
        seen.append((folder / "out/a.json").read_bytes() + (folder / "out/a.recipe.json").read_bytes())
    assert seen[0] == seen[1]
    assert str(folder).encode() not in seen[0]


def test_a_failed_job_leaves_its_checkpoint_and_no_manifest(folder):
    run(job())
    with pytest.raises(ZeroDivisionError):
        run(job("fail"))
    assert not (folder / "out/a.json").exists()
    assert len(list(folder.glob("scratch/tile/*/last.pt"))) == 1


def test_a_checkpoint_goes_once_the_manifest_stands(folder):
    run(job())
    assert (folder / "out/a.json").exists()
    assert list(folder.glob("scratch/tile/*")) == []


def test_the_index_of_a_phase_sweeps_its_scratch(folder):
    with pytest.raises(ZeroDivisionError):
        run(job("fail"))
    index = Job(
        "tile", "tile_index", (), {"maker": f"{HERE}:make"}, {}, {"manifest": Path("i.json")}, {}, {"members": {}}
    )
    run(index)
    assert not (folder / "scratch/tile").exists()


def test_an_index_sweeps_no_scratch_of_what_it_does_not_wait_for(folder):
    """A trial is still being trained when the slides' index stands."""
    with pytest.raises(ZeroDivisionError):
        run(replace(job("fail"), phase="normalize", rule="normalize_trial_train"))
    for rule, left in (("normalize_index", 1), ("normalize_trial_index", 0)):
        index = Job("normalize", rule, (), {"maker": f"{HERE}:make"}, {}, {"manifest": Path("i.json")}, {})
        run(index)
        assert len(list(folder.glob("scratch/*/*/last.pt"))) == left


def test_a_missing_input_is_told():
    with pytest.raises(ProductError, match="missing"):
        run(job(gone=Path("gone.json")))
