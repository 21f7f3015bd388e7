"""What synpriv check says of synthetic cohorts."""

from pipeline.commands.check.estimate import painted
from pipeline.commands.check.notes import notes
from tests.study.test_cohorts import COHORT, PLAIN, study
from tests.study.test_generators import MAKER, PAINTER

LEARNED = {"one": {**PLAIN, "cohorts": ["real", "more"]}}


def test_a_cohort_that_is_learned_from_is_nothing_to_speak_of():
    few = {**COHORT, "sampler": "ddim", "steps": 50}
    assert [*notes(study(few, LEARNED))] == []


def test_a_cohort_that_nothing_learns_from_is_told():
    (told,) = notes(study({**COHORT, "steps": 50}))
    assert "no arm learns from the synthetic cohort 'more'" in told
    assert "cohorts: [real, more]" in told


def test_many_passes_are_told():
    (told,) = notes(study({**COHORT, "tiles": 10_000, "steps": 50}, LEARNED))
    assert "takes 2,000,000 passes" in told  # 50 steps, of a mask and of its tissue, twice each with guidance
    assert [*notes(study({**COHORT, "tiles": 10_000, "steps": 50, "masks": "real", "guidance": 0.0}, LEARNED))] == []


def test_a_painter_that_sees_every_patient_is_told():
    translate = {"painter": {**PAINTER, "held_back": 0.0}, "maker": MAKER}
    (told,) = notes(study({**COHORT, "steps": 50}, LEARNED, translate=translate))
    assert "translate.painter.held_back" in told


def test_disk_counts_tiles_of_both_stains():
    assert painted(study()) == {"HE": 600, "nuclei": 600}
