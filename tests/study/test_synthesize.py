from pathlib import Path

import pytest

from pipeline.study.study import parse_study
from pipeline.study.synthesize import jobs

from .test_need import PARAMS, SLIDES


def planned(rule, repeats=1, **params):
    made = {**PARAMS["translate"]["made"], "repeats": repeats}
    study = parse_study({**PARAMS, "translate": {"made": made}, **params})
    return {job.key: job for job in jobs(study, SLIDES) if job.rule == rule}


def test_a_view_is_told_the_kinds_of_its_stains_and_nothing_that_it_does_not_read():
    views = planned("synthesize", stains={"IHC": {"kind": "electron"}})
    spec = {"seed": 0, "batch": 64, "kinds": {"source": "light", "target": "electron"}}
    assert {key: job.spec for key, job in views.items()} == {("made", "0", "a"): spec, ("made", "0", "b"): spec}


@pytest.mark.parametrize("repeat", ["0", "1"])
def test_every_repeat_has_views_and_gates_of_its_own(repeat):
    view = planned("synthesize", repeats=2)["made", repeat, "a"]
    assert view.inputs["translator"] == Path(f"models/translators/made/{repeat}.json")
    assert view.inputs["partner"] == Path("data/normalized/a-IHC.json")
    assert view.outputs["store"] == Path(f"data/privileged/made/{repeat}/a.zarr")
    gate = planned("synthesize_gate", repeats=2)["made", repeat]
    assert gate.manifest == Path(f"data/privileged/made/{repeat}/index.json")
    assert gate.inputs == {"translator": Path(f"models/translators/made/{repeat}.json")}
    assert gate.groups["members"] == {n: Path(f"data/privileged/made/{repeat}/{n}.json") for n in ("a", "b")}


def test_the_index_lists_every_repeat():
    (index,) = planned("synthesize_index", repeats=2).values()
    assert [*index.groups["members"]] == ["made/0", "made/1"]
