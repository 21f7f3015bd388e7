import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.core.manifests.manifest import Manifest
from pipeline.engine.evict import evict
from pipeline.engine.plan import Plan
from pipeline.engine.run import run
from pipeline.study.study import load_study

CODE = {"maker": f"{__name__}:make"}
OUT = Path("out")


def make(job):
    store = job.outputs.get("store")
    if store:
        store.mkdir(parents=True, exist_ok=True)
    return Manifest(payload=(store,) if store else ())


def job(rule, *key, payload=(), spec=None, groups=None, **inputs):
    outputs = {"manifest": OUT / f"{'-'.join(key) or rule}.json", **{name: OUT / name for name in payload}}
    return Job(
        "tile", rule, key, CODE, {name: Path(path) for name, path in inputs.items()}, outputs, spec or {}, groups or {}
    )


class Jobs:
    """A plan of these jobs of one phase; ``choice`` is a checkpoint."""

    def __init__(self, *jobs):
        self.listed = list(jobs)
        self.rules = {job.rule: SimpleNamespace(checkpoint=job.rule == "choice", outputs=["manifest"]) for job in jobs}

    def phase(self, name):
        return self.listed if name == "tile" else []

    def run(self):
        for one in self.listed:
            run(one)
        return self


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("in.txt").write_text("x")
    return tmp_path


def cut(spec=None):
    return job("tile", "a", payload=("store",), spec=spec or {"mpp": 1.0}, text="in.txt")


@pytest.fixture
def made():
    return Jobs(cut()).run()


def test_an_unchanged_product_stays(made):
    assert evict(made, "tile") == []
    assert Path("out/a.json").exists()


def change_input():
    Path("in.txt").write_text("y")


def drop_input():
    Path("in.txt").unlink()


def drop_recipe():
    Path("out/a.recipe.json").unlink()


def drop_store():
    Path("out/store").rmdir()


def change_code():
    recipe = json.loads(Path("out/a.recipe.json").read_text())
    Path("out/a.recipe.json").write_text(json.dumps({**recipe, "code": "0"}))


@pytest.mark.parametrize("change", [change_input, drop_input, drop_recipe, drop_store, change_code])
def test_a_stale_product_is_forgotten(made, change):
    change()
    assert evict(made, "tile") == [Path("out/a.json")]
    assert not Path("out/a.json").exists()
    assert not Path("out/a.recipe.json").exists()


def test_a_changed_spec_is_stale(made):
    assert evict(Jobs(cut({"mpp": 0.5})), "tile") == [Path("out/a.json")]


def test_another_set_of_inputs_is_stale(made):
    assert evict(Jobs(job("tile", "a", spec={"mpp": 1.0})), "tile") == [Path("out/a.json")]


def test_what_was_made_from_a_stale_product_is_stale():
    index = job("tile_index", groups={"members": {"a": OUT / "a.json"}})
    plan = Jobs(cut(), index).run()
    assert evict(plan, "tile") == []
    change_input()
    assert evict(plan, "tile") == [OUT / "a.json", OUT / "tile_index.json"]


@pytest.fixture
def chosen():
    """Slide ``a`` was made with a choice that was made from ``in.txt``; the index lists both."""
    choice = job("choice", text="in.txt")
    slide = job("slide", "a", reference=choice.manifest)
    index = job("tile_index", groups={"members": {"a": slide.manifest}, "kept": {"choice": choice.manifest}})
    return Jobs(choice, slide, index).run()


def test_a_choice_that_is_to_be_made_again_leaves_what_was_made_with_it(chosen):
    change_input()
    assert evict(chosen, "tile") == [OUT / "choice.json", OUT / "tile_index.json"]


def test_a_choice_that_is_still_missing_leaves_what_was_made_with_it(chosen):
    change_input()
    evict(chosen, "tile")
    assert evict(chosen, "tile") == []
    assert (OUT / "a.json").exists()


def test_another_choice_makes_what_was_made_with_the_first_stale(chosen):
    (OUT / "choice.json").write_text(Manifest(payload=(Path("in.txt"),)).model_dump_json())
    assert evict(chosen, "tile") == [OUT / "a.json", OUT / "tile_index.json"]


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
