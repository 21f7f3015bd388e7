"""What synpriv check says of segmenters."""

import pytest

from pipeline.commands.check.inspection import Inspection
from pipeline.commands.check.notes import notes
from pipeline.commands.check.segmenters import told
from pipeline.study.study import parse_study
from tests.study.test_need import PARAMS
from tests.study.test_segment import BOTH, REAL, study


def found(tiles, *, counted=True):
    return {name: Inspection(tiles=tiles, counted=counted) for name in BOTH}


def lines(arms, tiles, *, counted=True, **section):
    made = study(arms, images="HE", test="IHC", **section)
    return [*told(made, BOTH, found(tiles, counted=counted))]


def test_trainings_and_their_steps_are_counted():
    arms = {"real": REAL, "long": {**REAL, "steps": 300}}
    assert lines(arms, 50, steps=100, seeds=[0, 1]) == [
        "Segmenters: 4 trainings, 800 steps in all; about 50 real training tiles with labels"
    ]


@pytest.mark.parametrize(("tiles", "asked"), [(800, 0), (1000, 750)])
def test_a_share_of_more_tiles_than_are_painted_is_told(tiles, asked):
    added = {"real": REAL, "added": {**REAL, "train": {"real": 0.25, "more": 0.75}}}
    _, *more = lines(added, tiles)
    said = f"segment.arms.added: 0.75 of about 1,000 real tiles are {asked}, and 'more' has 600"
    assert more == ([f"{said}: raise synthesize.cohorts.more.tiles"] if asked else [])


def test_tiles_that_were_not_counted_are_an_upper_bound():
    assert "at most 50 real training tiles" in lines({"real": REAL}, 50, counted=False)[0]


def test_a_study_without_segmenters_is_told_nothing():
    assert [*told(parse_study(PARAMS), BOTH, found(5))] == []


def test_a_cohort_that_a_segmenter_learns_from_is_learned_from():
    used = study({"real": REAL, "added": {**REAL, "train": {"more": 1.0}}}, images="HE", test="IHC")
    unused = study({"real": REAL}, images="HE", test="IHC")
    assert not any("no arm learns" in note for note in notes(used))
    assert any("no arm learns from the synthetic cohort 'more'" in note for note in notes(unused))
