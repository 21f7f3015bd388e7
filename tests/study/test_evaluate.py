"""What is scored, and what the summary is told."""

import pytest

from pipeline.core.slides.slide import Slide
from pipeline.study.evaluate import jobs
from pipeline.study.patients import unit_of
from pipeline.study.study import parse_study

UNIT = "regions of one slide"
SLIDES = {
    name: Slide(slide_id=name, path=f"{name}.svs", patient_id=name, split=split)
    for name, split in (("a", "train"), ("b", "test"), ("c", "test"))
}
ARMS = {"floor": {"objective": "untrained"}, "plain": {"objective": "unprivileged", "loss": "vicreg"}}
STUDY = {
    "pretrain": {"arms": ARMS, "seeds": [3, 4]},
    "evaluate": {"tasks": {"tissue": {"kind": "annotation"}}, "baseline": "plain"},
}


@pytest.fixture
def planned():
    """The jobs of a study by rule."""

    def plan(slides=None, **changes):
        study = parse_study({name: {**STUDY.get(name, {}), **changes.get(name, {})} for name in {*STUDY, *changes}})
        found = {}
        for job in jobs(study, {**SLIDES, **(slides or {})}):
            found.setdefault(job.rule, []).append(job)
        return found

    return plan


def test_colour_is_scored_once_by_the_same_probes(planned):
    found = planned()
    (colour,), (summary,) = found["evaluate_colour"], found["evaluate"]
    assert {**colour.spec, "language": None} == found["evaluate_encoder"][0].spec
    assert set(colour.inputs) == {"cohort"}
    assert summary.groups["encoders"]["colour"] == colour.manifest
    assert {arm["against"][-1] for arm in summary.spec["arms"].values()} == {"colour"}


def test_a_floor_has_as_many_random_encoders_as_are_asked_for(planned):
    def scored(found):
        return {job.key[0]: [int(seed) for seed in job.groups["seeds"]] for job in found["evaluate_encoder"]}

    assert scored(planned()) == {"floor": [3, 4, 0, 1, 2, 5, 6, 7, 8, 9], "plain": [3, 4]}
    assert scored(planned(pretrain={"untrained": 1})) == {"floor": [3], "plain": [3, 4]}


@pytest.mark.parametrize(
    "without", [{"pretrain": {"arms": {}}, "evaluate": {"baseline": None}}, {"evaluate": {"tasks": {}}}]
)
def test_without_arms_or_tasks_there_is_no_colour(planned, without):
    found = planned(**without)
    assert "evaluate_colour" not in found
    assert found["evaluate"][0].spec["arms"] == {}


@pytest.mark.parametrize(
    ("named", "unit"), [("", "patients"), ("a", "patients"), ("b", "patients"), ("bc", UNIT), ("abc", UNIT)]
)
def test_the_summary_is_told_what_test_patients_stand_for(planned, named, unit):
    slides = {name: SLIDES[name].changed(unit=UNIT) for name in named}
    assert planned(slides)["evaluate"][0].spec["unit"] == unit


def test_with_folds_every_patient_is_tested():
    named = {name: slide.changed(unit=UNIT) for name, slide in SLIDES.items()}
    assert unit_of(named, folded=True) == UNIT
    some = {name: slide for name, slide in named.items() if slide.split == "test"}
    assert unit_of({**SLIDES, **some}, folded=True) == "patients"
    assert unit_of({**SLIDES, **some}, folded=False) == UNIT
