"""What people do with DVC beside ``dvc repro``, each for real."""

import json

import pytest

from .conftest import jobs

pytestmark = pytest.mark.slow

METRICS = "results/metrics.json"


def test_an_experiment_differs_from_the_commit_in_its_figures(finished):
    assert finished.run("dvc", "metrics", "diff").strip() == ""
    finished.run("dvc", "exp", "run", "-S", "pretrain.lr=0.1", "-n", "fast")
    told = finished.run("dvc", "metrics", "diff")
    assert METRICS in told
    assert "tissue/in_domain/baseline" in told
    shown = finished.run("dvc", "exp", "show", "--csv", "--only-changed")
    assert "fast" in shown
    assert "tissue/in_domain/baseline" in shown
    finished.run("git", "checkout", "-q", ".", where=finished.root)
    finished.run("dvc", "checkout", "-q", "--recursive", ".")


def test_the_headline_is_short(finished):
    told = finished.run("dvc", "metrics", "show", "--md")
    assert len(told.splitlines()[0].split("|")) - 3 <= 10  # the path is a column, too


def test_gains_and_histories_are_plotted_against_another_revision(finished):
    told = finished.run("dvc", "plots", "diff", "HEAD", "workspace", "--json")
    drawn = json.loads(told[told.index("{") :])
    assert "errors" not in drawn
    text = json.dumps(drawn["data"])
    for what in (
        "few/balanced_accuracy_gain",
        "ci_low",
        "plain/0",
        "model/total",
        "he2ihc/0",
        "generator/l1",
        "HEAD",
        "workspace",
    ):
        assert f'"{what}"' in text, what


def test_what_was_pushed_is_pulled(finished, tmp_path):
    clone = finished.clone(tmp_path / "checkout")
    assert "tissue/in_domain/baseline" in clone.run("dvc", "metrics", "show")  # it is in git
    clone.run("dvc", "pull", "-q", "--recursive", ".")
    assert clone.clean()
    clone.run("synpriv", "sync")
    assert clone.pending() == []


def test_one_phase_is_reproduced_in_a_fresh_clone_with_what_it_reads(finished, tmp_path):
    clone = finished.clone(tmp_path / "checkout")
    clone.run("dvc", "pull", "-q", "data/raw.dvc")
    clone.params(lambda content: content["evaluate"].update(few=4))
    told = clone.run("dvc", "repro", "--pull", "evaluate")
    assert {job.split("_")[0] for job in jobs(told)} == {"evaluate"}
    assert (clone.study / "results/figures.csv").exists()
    assert not (clone.study / "results/report").exists()


def test_nothing_that_is_tracked_changes_with_the_clock(finished):
    """The page is made again, from the same inputs, and comes out the same."""
    before = (finished.study / "results/report/index.html").read_bytes()
    finished.run("snakemake", "--snakefile", finished.root / "Snakefile", "--forcerun", "report")
    assert (finished.study / "results/report/index.html").read_bytes() == before
