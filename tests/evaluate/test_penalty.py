import numpy as np
import pytest

from pipeline.evaluate.penalty import choose, folds


@pytest.mark.parametrize(
    ("losses", "penalty", "edge"),
    [
        ((3.0, 2.0, 1.0, 2.0), 2, False),
        ((1.0, 2.0, 3.0, 4.0), 0, True),
        ((4.0, 3.0, 2.0, 1.0), 3, True),
        ((1.0, 1.0005, 2.0, 3.0), 0, False),  # the loss has come to its end: stronger ones say the same
        ((3.0, 2.0, 1.0005, 1.0), 3, False),
        ((1.0, 1.0, 1.0, 1.0), 0, False),
        ((0.0, 1.0, 1.0, 1.0), 0, True),
    ],
)
def test_the_least_loss_is_chosen_and_an_edge_is_where_it_still_falls(losses, penalty, edge):
    assert choose(dict(enumerate(losses))) == (penalty, edge)


def test_two_penalties():
    assert choose({1.0: 2.0, 10.0: 1.0}) == (10.0, True)
    assert choose({1.0: 1.0, 10.0: 2.0}) == (1.0, True)


def test_folds_hold_whole_patients_out():
    groups = np.repeat(list("abcdefg"), 3)
    parts = folds(groups)
    assert len(parts) == 3
    assert all(set(groups[inside]).isdisjoint(groups[outside]) for inside, outside in parts)
    assert sorted(np.concatenate([outside for _, outside in parts])) == list(range(21))
    assert len(folds(np.array(list("aabb")))) == 2
    assert folds(np.array(list("aaaa"))) == []
