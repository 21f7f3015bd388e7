from dataclasses import replace
from itertools import pairwise

import pytest

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.cohort.paired import by_hash, few_patients, paired_patients
from pipeline.core.errors import ProductError

from .test_cohort import member

PATIENTS = [f"p{n}" for n in range(8)]


def few(count, repeat=0, seed=0, patients=PATIENTS):
    return few_patients(patients, count, seed=seed, repeat=repeat)


def test_fewer_are_among_more():
    drawn = [few(count) for count in range(1, 9)]
    assert [len(patients) for patients in drawn] == list(range(1, 9))
    assert all(less < more for less, more in pairwise(drawn))


def test_who_is_drawn_is_the_same_for_ever():
    assert sorted(few(2)) == ["p2", "p6"]
    assert sorted(few(4)) == ["p1", "p2", "p4", "p6"]
    assert sorted(few(2, repeat=1)) == ["p1", "p6"]
    assert few(2, seed=1) != few(2)


def test_it_matters_neither_in_which_order_nor_how_often_patients_are_named():
    assert few(3, patients=[*reversed(PATIENTS), *PATIENTS]) == few(3)


def test_who_joins_moves_no_two_others():
    order = by_hash(PATIENTS, 0, "pairs", 0)
    more = by_hash([*PATIENTS, "new"], 0, "pairs", 0)
    assert [patient for patient in more if patient != "new"] == order


def test_more_than_there_are_is_told():
    with pytest.raises(ProductError, match="9 training patients with a registered partner are asked for, and 8 are"):
        few(9)


def test_patients_with_pairs_are_training_patients_with_usable_registered_slides():
    slides = [
        member("a", "a", "train"),
        member("a-IHC", "a", "train", "IHC", paired_with="a"),
        member("b", "b", "train"),
        member("b-IHC", "b", "train", "IHC"),  # not registered
        member("c", "c", "train"),
        member("c-CK", "c", "train", "CK", paired_with="c"),
        member("d", "d", "test"),
        member("d-IHC", "d", "test", "IHC", paired_with="d"),
    ]
    assert paired_patients(Cohort(slides), source="HE", target="IHC") == {"a"}
    lost = [replace(m, slide="x") if m.slide == "a-IHC" else m for m in slides if m.slide != "a"]
    assert paired_patients(Cohort(lost), source="HE", target="IHC") == set()
