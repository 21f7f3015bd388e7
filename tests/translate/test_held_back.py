import pytest

from pipeline.translate.held_back import held_back

ALL = {"a", "b", "c", "d", "e"}


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.0, []), (0.01, ["e"]), (0.2, ["e"]), (0.4, ["b", "e"]), (1.0, ["a", "b", "d", "e"])],
)
def test_a_share_of_the_pool_but_one_at_least_and_never_all(share, expected):
    assert held_back(["e", "b", "a", "d", "c"], share, ALL, ALL) == expected


def test_a_patient_alone_stays():
    assert held_back(["a"], 0.5, {"a"}, {"a"}) == []


def test_of_two_one_is_held_back():
    assert held_back(["b", "a"], 0.2, {"a", "b"}, {"a", "b"}) == ["b"]


def test_the_last_one_with_a_target_stays():
    assert held_back(["a", "b"], 0.2, {"a", "b"}, {"a"}) == ["b"]
