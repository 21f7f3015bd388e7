import numpy as np
import pytest

from pipeline.evaluate.comparison import compare_all
from pipeline.evaluate.replicates import Measured, Replicates
from pipeline.evaluate.verdicts import holm, judge

METRIC = "few/balanced_accuracy"
SEEDS, PATIENTS = 5, 8


def subject(name, value, *, noise=0.0, seeds=SEEDS, patients=PATIENTS, task="task"):
    """Replicates of a mean over patients about ``value``, with noise of its own on every patient of every seed."""
    rng = np.random.default_rng([ord(letter) for letter in name])
    cells = value + noise * rng.normal(size=(seeds, 1, patients))
    cells += value - cells.mean()
    whole = cells.mean(2, keepdims=True)
    values = np.concatenate([whole, (patients * whole - cells) / (patients - 1)], axis=2)
    behind = Measured(tuple(map(str, range(patients))), 80, "same")
    return Replicates(name, task, "in_domain", tuple(range(seeds)), {METRIC: values}, {METRIC: behind})


def entry(role, published="base", controls=(), named=()):
    against = [*([published] if published else []), *controls, *named]
    own = {"role": role, "published": published, "controls": list(controls), "named": list(named)}
    return {**own, "against": list(dict.fromkeys(against)), "headline": role in ("real", "synthetic")}


ROLES = {
    "base": entry("no_view", None),
    "random": entry("floor"),
    "own": entry("own_view"),
    "mixed": entry("shuffled"),
    "made": entry("synthetic", controls=("own", "mixed")),
}
VALUES = {"base": 0.6, "random": 0.5, "own": 0.65, "mixed": 0.62, "made": 0.7}


def judged(values=VALUES, roles=ROLES, **more):
    subjects = [subject(name, value, noise=0.01, **more) for name, value in values.items()]
    compared = list(compare_all(subjects, {name: own["against"] for name, own in roles.items()}))
    return {(v.arm, v.kind, v.against): v for v in judge(compared, roles, "base")}


def test_the_headline_is_the_gain_over_the_better_control():
    found = judged()
    verdict = found["made", "headline", "own"]
    assert verdict.gain.value == pytest.approx(0.05)
    assert verdict.said == "better"
    assert found["made", "published", "base"].gain.value == pytest.approx(0.1)
    assert found["made", "control", "mixed"].gain.value == pytest.approx(0.08)
    assert [key for key in found if key[1] == "headline"] == [("made", "headline", "own")]


def test_the_better_control_is_chosen_by_what_it_does():
    assert ("made", "headline", "mixed") in judged({**VALUES, "mixed": 0.69})


def test_without_controls_the_headline_is_as_published():
    roles = {**ROLES, "made": entry("synthetic")}
    assert judged(roles=roles)["made", "headline", "base"].gain.value == pytest.approx(0.1)


def test_an_arm_below_its_control_is_worse():
    assert judged({**VALUES, "made": 0.6})["made", "headline", "own"].said == "worse"


def test_worse_is_what_is_worse_than_every_control():
    assert judged({**VALUES, "made": 0.619})["made", "headline", "own"].said == "no difference shown"
    assert judged({**VALUES, "made": 0.619})["made", "control", "own"].p < 0.001
    assert judged({**VALUES, "made": 0.63, "mixed": 0.62})["made", "headline", "own"].p == 1


def test_an_arm_that_is_kept_from_tiles_has_no_headline():
    found = judged(roles={**ROLES, "made": {**entry("synthetic", named=("own",)), "headline": False}})
    assert {kind for arm, kind, _ in found if arm == "made"} == {"published", "named"}
    assert found["made", "named", "own"].said == "better"


def test_the_smallest_gain_is_that_of_the_first_step_of_the_correction():
    alone = judged()["made", "headline", "own"].smallest
    roles = {**ROLES, "made": entry("synthetic", controls=("own", "mixed"), named=("random",))}
    found = judged(roles=roles)
    assert found["made", "headline", "own"].smallest > alone
    assert found["made", "control", "own"].smallest == alone


def test_equal_arms_show_no_difference():
    assert judged({**VALUES, "made": 0.651})["made", "headline", "own"].said == "no difference shown"


@pytest.mark.parametrize("more", [{"seeds": 4}, {"patients": 5}])
def test_too_few_to_say(more):
    found = judged(**more)["made", "headline", "own"]
    assert found.said == "too few to say"
    assert found.gain.low > 0
    assert found.holm is None


def test_a_task_that_an_untrained_encoder_solves_as_well_gives_no_verdict():
    found = judged({**VALUES, "random": 0.6})
    assert found["made", "headline", "own"].said == "no verdict"
    assert judged({**VALUES, "random": 0.5})["made", "headline", "own"].said == "better"


def test_an_arm_whose_own_baseline_learned_nothing_is_judged_by_what_the_study_names():
    """Trained in a way in which nothing is learned without the view: any gain there is one over nothing."""
    weak = {"weak_own": entry("own_view", "weak"), "weak_made": entry("synthetic", "weak", ("weak_own",), ("base",))}
    roles = {**ROLES, "weak": entry("no_view", None), **weak}
    roles["random"] = {**ROLES["random"], "against": ["base", "weak"]}
    found = judged({**VALUES, "weak": 0.45, "weak_own": 0.46, "weak_made": 0.7}, roles)
    assert found["weak_made", "headline", "weak_own"].said == "no verdict"
    assert found["weak_made", "published", "weak"].said == "no verdict"
    assert found["weak_made", "named", "base"].said == "better"
    assert found["made", "headline", "own"].said == "better"


def test_only_headlines_and_named_comparisons_are_corrected_for_their_number():
    roles = {**ROLES, **{f"made{i}": entry("synthetic", controls=("own", "mixed")) for i in range(3)}}
    found = judged({**VALUES, "made0": 0.7, "made1": 0.66, "made2": 0.65}, roles)
    headline = [v for v in found.values() if v.kind == "headline"]
    assert [v.holm for v in headline] == pytest.approx(holm([v.p for v in headline]))
    assert {v.holm for v in found.values() if v.kind != "headline"} == {None}


def test_a_named_arm_is_compared_too():
    roles = {**ROLES, "made": entry("synthetic", controls=("own", "mixed"), named=("random",))}
    found = judged(roles=roles)
    assert found["made", "named", "random"].gain.value == pytest.approx(0.2)
    counted = [found["made", "headline", "own"], found["made", "named", "random"]]
    assert [v.holm for v in counted] == pytest.approx(holm([v.p for v in counted]))


def test_holm_is_a_step_down():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    assert holm([]) == []
