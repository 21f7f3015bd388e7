"""Synthetic cohorts on the page."""

import shutil

import pytest

from pipeline.core.files import write_json
from pipeline.core.job import Job
from pipeline.core.manifests.cohorts import CohortManifest
from pipeline.core.manifests.index import IndexManifest
from pipeline.core.measures.figures import Figure
from pipeline.engine.run import run
from pipeline.report.context import gather
from pipeline.report.figures import Figures
from pipeline.report.render import render
from pipeline.report.synthetic import cohort_table, painted
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


def figure(cohort, metric, value, task="cohort", split="all", n=600):
    return Figure(cohort, "all", task, split, metric, "", value, value - 0.1, value + 0.1, n)


MEASURED = [
    figure("ours", "consistency", 0.8),
    figure("ours", "frechet/unseen_patients/one_net", 1.5),
    figure("theirs", "consistency", 0.7),
    figure("theirs", "frechet/unseen_patients/another_net", 90.0),
    figure("ours", "real_diversity/unseen_patients/one_net", 1.2, n=4000),
    figure("ours", "asked/stroma", 2000),
    figure("toy", "agreement", 0.5, "translate", "in_domain"),
]


def rows():
    return {name: [cell.value for cell in cells] for name, cells in cohort_table(Figures(MEASURED)).rows}


def test_every_cohort_has_a_column():
    assert cohort_table(Figures(MEASURED)).heads == ["ours", "theirs"]
    assert rows()["consistency"] == ["0.8", "0.7"]
    assert rows()["tiles"] == ["600", "600"]  # of real ones there were more


def test_a_thousand_tiles_are_told_as_a_number():
    assert rows()["asked, stroma"] == ["2000", "–"]


def test_what_two_networks_measured_never_shares_a_row():
    found = {name: cells for name, cells in rows().items() if name.startswith("Fréchet")}
    assert found == {
        "Fréchet distance, unseen patients, one net": ["1.5", "–"],
        "Fréchet distance, unseen patients, another net": ["–", "90"],
    }


def test_a_study_without_cohorts_has_no_table():
    assert cohort_table(Figures(MEASURED[-1:])) is None
