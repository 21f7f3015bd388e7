import pytest

from pipeline.core.errors import StudyError
from pipeline.study import evaluate
from pipeline.study.study import check_cohort, parse_study
from pipeline.study.translate import drawing, jobs, repeat_of

from .test_need import PARAMS, SLIDES

PAIRED = {"method": "pix2pix", "target": "IHC", "pairing": "paired"}
UNPAIRED = {"method": "cyclegan", "target": "IHC", "pairing": "unpaired"}


def study(**translators):
    return parse_study({**PARAMS, "translate": translators})


def trainings(**keys):
    made = study(made={**PAIRED, **keys})
    return {job.key: job for job in jobs(made, SLIDES) if job.rule == "translate"}


def mistake(**translators):
    with pytest.raises(StudyError) as error:
        check_cohort(study(**translators), SLIDES)
    return error.value


def test_a_repeat_is_a_job_of_its_own_that_knows_no_other():
    once, twice = trainings(), trainings(repeats=2)
    assert list(twice) == [("made", "0"), ("made", "1")]
    assert twice["made", "0"].to_json() == once["made", "0"].to_json()  # more repeats train no repeat anew
    assert twice["made", "1"].outputs["folder"].as_posix() == "models/translators/made/1"
    assert twice["made", "1"].spec == once["made", "0"].spec


def test_a_repeat_is_scored_by_a_job_of_its_own():
    made = study(made={**PAIRED, "repeats": 2})
    scored = {job.key: job for job in evaluate.jobs(made, SLIDES) if job.rule == "evaluate_translator"}
    assert scored["made", "1"].manifest.as_posix() == "results/scores/translators/made/1.json"
    assert {name: path.as_posix() for name, path in scored["made", "1"].inputs.items()} == {
        "cohort": "data/normalized/index.json",
        "translator": "models/translators/made/1.json",
        "gate": "data/privileged/made/1/index.json",
    }
    (summary,) = (job for job in evaluate.jobs(made, SLIDES) if job.rule == "evaluate")
    assert list(summary.groups["translators"]) == ["made/0", "made/1"]


def test_seeds_take_turns_with_repeats():
    section = study(made={**PAIRED, "repeats": 2}).translate["made"]
    assert [repeat_of(section, position) for position in range(5)] == ["0", "1", "0", "1", "0"]


def test_a_seed_has_the_drawing_of_its_translators_that_have_pairs_or_one_of_its_own():
    few = study(all={**PAIRED, "repeats": 3}, few={**PAIRED, "repeats": 2, "pairs": 1})
    assert [drawing(few, position) for position in range(4)] == [0, 1, 0, 1]
    assert [drawing(study(all={**PAIRED, "repeats": 3}), position) for position in range(4)] == [0, 1, 2, 3]


def test_translators_with_pairs_are_repeated_equally_often():
    with pytest.raises(StudyError, match="found a: 2, b: 1") as error:
        study(a={**PAIRED, "repeats": 2, "pairs": 1}, b={**PAIRED, "pairs": 1}, c={**PAIRED, "repeats": 3})
    assert error.value.where == "params.yaml: translate.a.repeats"
    assert "the same repeats" in error.value.fix


@pytest.mark.parametrize("section", [PAIRED, UNPAIRED])
def test_more_pairs_than_patients_are_told_before_any_job(section):
    error = mistake(made={**section, "pairs": 2})
    assert "2 training patients with a registered slide of 'IHC' are asked for" in error.message
    assert "has 1: a" in error.message
    assert (error.where, error.fix.split(";")[0]) == ("params.yaml: translate.made.pairs", "1 at most")
    check_cohort(study(made={**section, "pairs": 1}), SLIDES)


def test_pairs_of_an_unpaired_translator_are_registered():
    slides = {"x": SLIDES["a"].changed(slide_id="x"), "y": SLIDES["a-IHC"].changed(slide_id="y", paired_with="")}
    with pytest.raises(StudyError, match="no slide of stain 'IHC' with paired_with a slide of stain 'HE'") as error:
        check_cohort(study(made={**UNPAIRED, "pairs": 1}), {**slides, "b": SLIDES["b"]})
    assert error.value.where == "params.yaml: translate.made.pairs"


@pytest.mark.parametrize(("batch", "norm"), [(1, "instance"), (2, "batch")])
def test_a_u_net_that_learns_tile_by_tile_has_instance_norm(batch, norm):
    assert trainings(batch=batch)["made", "0"].spec["options"]["norm"] == norm
    assert trainings(batch=batch, options={"norm": "instance"})["made", "0"].spec["options"]["norm"] == "instance"


def test_batch_norm_of_one_tile_is_refused():
    trainings(batch=2, options={"norm": "batch"})
    with pytest.raises(StudyError, match="batch norm of one tile") as error:
        trainings(batch=1, options={"norm": "batch"})
    assert error.value.where == "params.yaml: translate.made.options.norm"
    assert "set batch to 2 or more" in error.value.fix


@pytest.mark.parametrize("name", ["real", "self", "normalize"])
def test_a_name_that_means_something_else_is_refused(name):
    with pytest.raises(StudyError, match=f"name '{name}' is taken by the pipeline"):
        study(**{name: PAIRED})
