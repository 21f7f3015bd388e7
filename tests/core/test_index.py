import csv
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.commands.index import index
from pipeline.core.errors import StudyError
from pipeline.core.files import write_json
from pipeline.core.index import make_index, prune
from pipeline.core.job import Job


def job(outputs, members, **spec):
    return Job("tile", "tile_index", (), {}, {}, outputs, spec, {"members": members})


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def make(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")


def test_members_keep_their_siblings_and_orphans_go(tmp_path):
    kept = {
        "index.json",
        "a.json",
        "a.recipe.json",
        "a.zarr/zarr.json",
        "a.png",
        "a.tissue.geojson",
        "a.1.json",
        "a.1.zarr/c/0",
    }
    make(tmp_path, *kept, "b.json", "b.zarr/zarr.json", "b.tissue.geojson", "a.1.2.json", "a.zarr.partial/x")
    prune(tmp_path, [tmp_path / "index.json", tmp_path / "a.json", tmp_path / "a.1.json"])
    assert files(tmp_path) == kept


def test_nested_members_are_followed(tmp_path):
    kept = {"index.json", "arm/0.json", "arm/0/encoder.safetensors"}
    make(tmp_path, *kept, "arm/1.json", "gone/0.json")
    prune(tmp_path, [tmp_path / "index.json", tmp_path / "arm/0.json"])
    assert files(tmp_path) == kept


def test_a_member_with_an_index_of_its_own_is_left_whole(tmp_path):
    kept = {"index.json", "t/index.json", "t/s.json", "t/s.zarr/zarr.json"}
    make(tmp_path, *kept, "u/index.json")
    assert prune(tmp_path, [tmp_path / "index.json", tmp_path / "t/index.json"]) == [Path(tmp_path / "u")]
    assert files(tmp_path) == kept


def test_what_lies_apart_stays_whoever_owns_it(tmp_path):
    make(tmp_path, "index.json", "trials/x/0.zarr/zarr.json", "gone/x")
    assert prune(tmp_path, [tmp_path / "index.json"], apart=[tmp_path / "trials"]) == [Path(tmp_path / "gone")]


@pytest.mark.parametrize(("rule", "stays"), [("normalize_index", True), ("translate_index", False)])
def test_the_index_of_normalised_slides_leaves_trials_to_their_own(tmp_path, rule, stays):
    make(tmp_path, "trials/x/0.json")
    make_index(replace(job({"manifest": tmp_path / "index.json"}, {}), rule=rule))
    assert (tmp_path / "trials/x/0.json").exists() == stays


def test_beside_folds_nothing_stays(tmp_path):
    make(
        tmp_path, "fold-0/index.json", "fold-1/a.json", "fold-2/a.json", "a.zarr/zarr.json", "index.json", "history.csv"
    )
    own = job({"manifest": tmp_path / "fold-0/index.json"}, {}, folds=["fold-0", "fold-1"])
    make_index(own)
    assert files(tmp_path) == {"fold-0/index.json", "fold-1/a.json"}


@pytest.mark.parametrize("phase", ["nonsense", "evaluate"])
def test_an_unknown_phase_lists_the_known(phase):
    with pytest.raises(StudyError, match=phase) as error:
        index(phase)
    assert error.value.fix == "one of: tile, normalize, translate, synthesize, pretrain, segment"


def test_the_quarantine_of_a_phase_that_knows_paths_is_one_table(tmp_path):
    facts = {"patient": "B", "site": "x", "stain": "HE", "split": "train"}
    good, bad = {"slide": "a", "status": "complete", **facts}, {"slide": "b", "status": "quarantined", **facts}
    bad |= {"stage": "open", "error": 'not "a" slide, at all', "fix": "copy it"}
    for member in (good, bad):
        write_json(tmp_path / f"{member['slide']}.json", member)
    make(tmp_path, "quarantine.csv", "quarantine.png", "other.csv")
    members = {name: tmp_path / f"{name}.json" for name in "ab"}
    outputs = {"manifest": tmp_path / "index.json", "quarantine": tmp_path / "quarantine.csv"}
    make_index(job(outputs, members, paths={"a": "x/a.svs", "b": "x/b.svs"}))
    assert files(tmp_path) == {"a.json", "b.json", "quarantine.csv"}
    assert list(csv.reader((tmp_path / "quarantine.csv").open())) == [
        ["slide", "path", "stage", "error", "fix"],
        ["b", "x/b.svs", "open", 'not "a" slide, at all', "copy it"],
    ]


def test_other_phases_have_no_quarantine_of_their_own(tmp_path):
    write_json(tmp_path / "b.json", {"slide": "b", "status": "quarantined"})
    made = make_index(job({"manifest": tmp_path / "index.json"}, {"b": tmp_path / "b.json"}))
    assert files(tmp_path) == {"b.json"}
    assert made.members == {"b": {"slide": "b", "status": "quarantined"}}


def test_the_histories_of_the_members_are_one_table(tmp_path):
    members = {name: tmp_path / f"{name}.json" for name in "ab"}
    for name, path in members.items():
        places = {"folder": str(tmp_path / name), "history": f"{tmp_path}/{name}/history.csv"}
        write_json(
            path, {"arm": name, "patients": [], "tiles": 1, "weights": {}, "configs": {}, "steps": 1000, **places}
        )
    (tmp_path / "a").mkdir()
    lines = "".join(f"{step},{step / 10},1.5\n" for step in range(1, 401))
    (tmp_path / "a/history.csv").write_text(f"step,model/total,model/l1\n{lines}")  # b was not trained
    outputs = {"manifest": tmp_path / "index.json", "history": tmp_path / "history.csv"}
    made = make_index(job(outputs, members))
    table = (tmp_path / "history.csv").read_text().splitlines()
    assert table[:3] == ["name,step,loss,value", "a,1,model/total,0.1", "a,3,model/total,0.3"]
    assert len(table) == 1 + 2 * 200
    assert made.payload == (tmp_path / "history.csv",)
