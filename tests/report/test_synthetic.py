"""Synthetic cohorts on the page."""

import shutil

import pytest

from pipeline.core.files import write_json
from pipeline.core.job import Job
from pipeline.core.manifests.cohorts import CohortManifest
from pipeline.core.manifests.index import IndexManifest
from pipeline.engine.run import run
from pipeline.report.page import gather
from pipeline.report.render import render
from pipeline.report.synthetic import painted
from tests.synthesize.painted import OUT, cohort_job, part_job, plan_job, write_cohort, write_generator


@pytest.fixture
def cohort(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_cohort(a="train", b="train")
    for name in ("painter", "maker"):
        write_generator(name)
    for job in (plan_job(), part_job(), cohort_job("part-000")):
        run(job)
    return CohortManifest.read(OUT / "index.json")


def test_masks_tissue_and_both_stand_below_one_another(cohort):
    (told,) = painted({"more": cohort}, 4)
    assert told.text == (
        "30 tiles painted by painter for masks by maker; 30 of them show just the classes that were asked for."
    )
    assert [name for name, _ in told.strips] == ["mask", "painted", "both"]
    assert told.strips[2][1].alt == "Painted tiles with the outlines of their masks of the synthetic cohort more"
    assert told.legend == [("#0072b2", "round"), ("#e69f00", "wide")]


def test_counts_and_where_it_comes_from_are_told(cohort):
    (told,) = painted({"more": cohort}, 4)
    assert told.counts == [("round", 20, 20, 40), ("wide", 10, 10, 20)]
    assert told.sets == [("none", 10, 16), ("round", 10, 16), ("round + wide", 10, 16)]
    assert {name: passed for name, _, _, passed, _ in told.gates} == dict.fromkeys(
        ("shown", "consistency", "copied", "distance"), "passed"
    )
    assert dict(told.origin) == {
        "painter": "painter (digest of pa)",
        "masks": "maker (digest of ma)",
        "patients behind them": "1",
        "guidance": "0.5, of masks 1.5",
        "sampler": "ddim, 5 steps",
        "seed": "0",
    }


def test_without_stores_there_is_no_picture(cohort):
    shutil.rmtree(OUT / "part-000")
    assert painted({"more": cohort}, 4)[0].strips == []


def test_the_page_has_a_section_of_them_where_there_are_some(study: Job, tmp_path):
    assert 'id="painted"' not in render("page", gather(study))
    write_cohort(a="train", b="train")
    for name in ("painter", "maker"):
        write_generator(name)
    for job in (plan_job(), part_job(), cohort_job("part-000")):
        run(job)
    index = OUT.parent / "index.json"
    members = {"more": CohortManifest.read(OUT / "index.json").model_dump(mode="json")}
    write_json(index, IndexManifest(members=members).model_dump(mode="json"))
    said = render("page", gather(Job(**{**vars(study), "inputs": {**_kept(study), "synthetic": index}})))
    assert "Tiles that there was no slide for" in said
    assert '<span style="color:#0072b2">■</span> round' in said
    assert "<td>round + wide</td><td>10</td><td>16</td>" in said


def _kept(study: Job):
    """The index of slides is another now."""
    return {name: path for name, path in study.inputs.items() if name != "normalized"}
