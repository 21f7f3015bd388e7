import json
import os
from pathlib import Path

import pytest

from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.engine.evict import evict
from pipeline.engine.plan import Plan
from pipeline.study.study import load_study


class OneJob:
    """A plan of one job."""

    def __init__(self, spec):
        self.job = Job("tile", "tile", ("a",), Path("out/a.json"), (Path("in.txt"),), spec)

    def phase(self, name):
        return [self.job] if name == "tile" else []


@pytest.fixture
def made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("in.txt").write_text("x")

    def make(job):
        job.store.mkdir(parents=True, exist_ok=True)
        Path("page.html").write_text("")
        return {"status": "complete", "store": job.store.as_posix(), "page": "page.html"}

    plan = OneJob({"mpp": 1.0})
    plan.job.run(make)
    return plan


def test_an_unchanged_product_stays(made):
    assert evict(made, "tile") == []
    assert Path("out/a.json").exists()


def change_input():
    Path("in.txt").write_text("y")


def drop_recipe():
    Path("out/a.recipe.json").unlink()


def drop_store():
    Path("out/a.zarr").rmdir()


def drop_page():
    Path("page.html").unlink()


def change_code():
    recipe = json.loads(Path("out/a.recipe.json").read_text())
    Path("out/a.recipe.json").write_text(json.dumps({**recipe, "code": "0"}))


@pytest.mark.parametrize("change", [change_input, drop_recipe, drop_store, drop_page, change_code])
def test_a_stale_product_is_forgotten(made, change):
    change()
    assert evict(made, "tile") == [Path("out/a.json")]
    assert not Path("out/a.json").exists()
    assert not Path("out/a.recipe.json").exists()


def test_a_changed_spec_is_stale(made):
    assert evict(OneJob({"mpp": 0.5}), "tile") == [Path("out/a.json")]


def test_what_was_made_from_a_stale_product_is_stale(made):
    index = Job("tile", "tile_index", (), Path("out/index.json"), (Path("out/a.json"),), {})
    index.run(lambda job: {"members": {}})
    made.phase = lambda name: [index, made.job]
    assert evict(made, "tile") == []
    change_input()
    assert evict(made, "tile") == [Path("out/a.json"), Path("out/index.json")]


def test_a_fresh_product_is_never_older_than_what_it_was_made_from(made):
    os.utime("in.txt", ns=(0, Path("out/a.recipe.json").stat().st_mtime_ns + 1))
    assert evict(made, "tile") == []
    newest = Path("in.txt").stat().st_mtime_ns
    assert all(Path(path).stat().st_mtime_ns >= newest for path in ("out/a.json", "out/a.recipe.json"))


def test_dates_that_agree_are_left_alone(made):
    before = Path("out/a.json").stat().st_mtime_ns
    evict(made, "tile")
    assert Path("out/a.json").stat().st_mtime_ns == before


def test_an_unknown_phase_lists_the_known():
    plan = Plan(load_study(Path(__file__).parents[2] / "params.yaml"), {})
    with pytest.raises(StudyError, match="no phase 'nonsense'") as error:
        evict(plan, "nonsense")
    assert "tile, normalize" in error.value.fix
