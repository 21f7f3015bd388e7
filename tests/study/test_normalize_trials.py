"""Normalisers that are tried: their jobs, who reads them, and mistakes."""

import pytest

from pipeline.core.errors import StudyError
from pipeline.engine.plan import Plan
from pipeline.study.study import check_cohort, parse_study
from tests.study.test_need import slide

SLIDES = {
    s.slide_id: s.changed(site=site)
    for s, site in (
        (slide("a", "a", "HE", "train", annotations="a.geojson"), "x"),
        (slide("b", "b", "HE", "train", annotations="b.geojson"), "y"),
        (slide("c", "c", "HE", "test", annotations="c.geojson"), "z"),
        (slide("i", "a", "IHC", "train", paired_with="a"), "w"),
    )
}
ARMS = {"plain": {"objective": "unprivileged", "loss": "vicreg"}}
EVALUATE = {"tasks": {"tissue": {"kind": "annotation"}}, "baseline": "plain"}


def study(trials=None, **more):
    normalize = {"trials": trials} if trials else {}
    own = {"normalize": {**normalize, **more.pop("normalize", {})}}
    return parse_study({**own, "pretrain": {"arms": ARMS}, "evaluate": EVALUATE, **more})


def plan(*given, **more):
    return Plan(study(*given, **more), SLIDES)


def told(trials, **more):
    """The mistakes of a study with these trials."""
    with pytest.raises(StudyError) as error:
        check_cohort(study(trials, **more), SLIDES)
    return error.value


TWO = {"one": {"method": "macenko"}, "two": {"method": "none"}}


def test_a_trial_makes_no_other_job_anew():
    with_trials = {name: job.to_json() for name, job in plan(TWO).jobs.items()}
    plain = {name: job.to_json() for name, job in plan().jobs.items()}
    changed = {name[0] for name, text in plain.items() if with_trials[name] != text}
    assert changed == {"normalize_trial_index", "evaluate", "report"}
    added = {name for name in with_trials if name not in plain}
    assert added == {
        *((rule, name) for rule in ("evaluate_normalizer",) for name in TWO),
        *(("normalize_trial", name, "0") for name in TWO),
    }


def test_no_phase_but_evaluate_and_report_reads_a_trial():
    readers = {
        job.rule
        for job in plan(TWO).jobs.values()
        if any("normalized/trials" in path.as_posix() for path in job.files())
    }
    assert readers == {"normalize_trial_index", "evaluate_normalizer", "report"}


def test_a_phase_comes_to_both_its_indexes():
    targets = ["data/normalized/index.json", "data/normalized/trials/index.json"]
    assert plan(TWO).phase_targets("normalize") == targets
    assert plan().phase_targets("normalize") == targets  # of no trials, too: it prunes those that were


def test_all_repeats_of_a_trial_are_one_score_file():
    scored = plan(TWO).job("evaluate_normalizer", "one")
    assert scored.manifest.as_posix() == "results/scores/normalizers/one.json"
    assert {name: path.as_posix() for name, path in scored.groups["seeds"].items()} == {
        "0": "data/normalized/trials/one/0.json"
    }
    assert set(scored.groups) == {"seeds"}
    assert scored.spec == {"stains": {"io": 255.0, "offset": 0.0, "beta": 0.15, "alpha": 1.0, "mask": "mean"}}
    assert set(plan(TWO).job("evaluate").groups["normalizers"]) == {"one", "two"}


def test_a_fixed_arm_looks_at_every_normaliser():
    fixed = plan(TWO, evaluate={**EVALUATE, "fixed": "plain"})
    for rule, *key in (["evaluate_normalizer", "one"], ["evaluate_normalization"]):
        job = fixed.job(rule, *key)
        assert [path.as_posix() for path in job.groups["encoders"].values()] == [
            f"models/encoders/plain/{seed}.json" for seed in range(3)
        ]
        assert (job.spec["heads"], job.spec["tasks"]) == (["linear"], {"tissue": {"kind": "annotation"}})
        assert job.code["encoder"] == "pipeline.core.networks.resnet:ResNetEncoder"
    plain = plan(TWO).jobs
    assert all(
        fixed.jobs[name].to_json() == job.to_json() for name, job in plain.items() if name[0] == "evaluate_encoder"
    )


def test_folds_have_trials_of_their_own():
    folded = Plan(study(TWO, folds=2), SLIDES)
    job = folded.job("normalize_trial", "fold-1", "one", "0")
    assert job.manifest.as_posix() == "data/normalized/fold-1/trials/one/0.json"
    assert job.inputs["tiled"].as_posix() == "data/tiles/index.json"
    tested = [folded.job("normalize_trial", f"fold-{fold}", "one", "0").spec["tested"] for fold in range(2)]
    assert sorted(tested[0] + tested[1]) == ["a", "b", "c"]
    assert folded.job("evaluate_normalizer", "fold-1", "one").spec["tested"] == tested[1]
    assert set(folded.job("evaluate").groups["normalizers"]) == {
        f"fold-{fold}/{name}" for fold in range(2) for name in TWO
    }


@pytest.mark.parametrize(
    ("trial", "where", "message", "fix"),
    [
        ({"method": "macenk"}, "one.method", "unknown method", "macenko"),
        ({"method": "macenko", "options": {"mask": "men"}}, "one.options.mask", "men", "mean"),
        ({"method": "macenko", "seeds": [0, 1]}, "one.seeds", "comes out the same", "remove it"),
        ({"method": "reinhard", "training": {"steps": 3}}, "one.training", "no effect on 'reinhard'", "remove it"),
        ({"method": "macenko", "reference": "c"}, "one.reference", "found 'c'", "'auto', or one of: a, b, x, y"),
        ({"method": "none", "reference": "w"}, "one.reference", "found 'w'", "a, b, x, y"),
    ],
)
def test_mistakes_name_the_key_and_what_is_allowed(trial, where, message, fix):
    error = told({"one": trial})
    assert error.where == f"params.yaml: normalize.trials.{where}"
    assert message in error.message
    assert fix in error.fix


@pytest.mark.parametrize("reference", ["a", "nowhere"])
def test_a_slide_is_no_reference_of_folds_and_that_is_told_once(reference):
    of_one_site = {name: own.changed(site="x") for name, own in SLIDES.items()}
    with pytest.raises(StudyError) as error:
        check_cohort(study({"one": {"method": "macenko", "reference": reference}}, folds=2), of_one_site)
    assert f"one of the folds tests a slide; found '{reference}'" in error.value.message
    assert error.value.fix == "'auto', or one of: x"
    check_cohort(study({"one": {"method": "macenko", "reference": "x"}}, folds=2), of_one_site)


@pytest.mark.parametrize("name", ["macenko", "index"])
def test_names_that_are_taken_are_told(name):
    error = told({name: {"method": "macenko", "options": {"mask": "any"}}})
    assert (error.where, error.fix) == (f"params.yaml: normalize.trials.{name}", "rename it")


def test_doing_nothing_may_be_tried_beside_doing_nothing():
    check_cohort(study({"none": {"method": "none"}}, normalize={"method": "none"}), SLIDES)


@pytest.mark.parametrize(
    ("changes", "fix"),
    [({"fixed": "plane"}, "choose one of: plain"), ({"fixed": "plain", "tasks": {}}, "add evaluate.tasks")],
)
def test_a_fixed_arm_must_be_there_and_be_asked_something(changes, fix):
    with pytest.raises(StudyError, match=fix) as error:
        study(evaluate={**EVALUATE, "baseline": None if "tasks" in changes else "plain", **changes})
    assert error.value.where == "params.yaml: evaluate.fixed"
