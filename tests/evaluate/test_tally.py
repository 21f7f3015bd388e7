"""Counts by patient, tile by tile, as the pools want them."""

import numpy as np
import pytest

from pipeline.core.measures.interval import replicate
from pipeline.evaluate.tally import Tally


def tile(*spots):
    """Mask and instances (1, 8, 8) of squares: class, id, first row and column, side."""
    mask, instance = np.zeros((1, 8, 8), np.uint8), np.zeros((1, 8, 8), np.uint16)
    for kind, number, y, x, side in spots:
        mask[0, y : y + side, x : x + side] = kind
        instance[0, y : y + side, x : x + side] = number
    return mask, instance


def told(tally, patients):
    return {name: values[0] for pool in tally.pools() for name, values in replicate(pool, patients).items()}


SQUARE = tile((1, 1, 0, 0, 4))  # 16 pixels of class 1
HALF = tile((1, 1, 0, 2, 4))  # 16 pixels, 8 of which it shares
OTHER = tile((2, 1, 0, 0, 4))  # the same pixels of another class
NOTHING = tile()


def test_what_is_found_exactly_scores_1():
    tally = Tally(("a", "b"), ["p"])
    assert tally.add("p", SQUARE, SQUARE).tolist() == [1]
    found = told(tally, 1)
    assert [found[name][0] for name in ("dice", "iou", "f1", "bpq", "mpq", "aji", "tile_dice", "tile_iou")] == [1] * 8
    assert found["dice/a"][0] == 1
    assert np.isnan(found["dice/b"][0])


def test_pixels_are_added_up_by_patient_and_tiles_are_not():
    tally = Tally(("a",), ["p"])
    assert tally.add("p", SQUARE, HALF).tolist() == [0.5]  # 2 x 8 / 32
    tally.add("p", tile((1, 1, 0, 0, 8)), tile((1, 1, 0, 0, 8)))  # 64 of 64
    found = told(tally, 1)
    assert found["dice"][0] == pytest.approx(2 * (8 + 64) / (32 + 128))
    assert found["tile_dice"][0] == pytest.approx((0.5 + 1) / 2)
    assert found["tile_iou"][0] == pytest.approx((8 / 24 + 1) / 2)
    assert found["aji"][0] == pytest.approx((8 + 64) / (24 + 64))
    assert found["f1"][0] == pytest.approx(1 / 2)  # one of two true and two found ones


def test_another_class_is_another_object_but_the_same_pixels():
    tally = Tally(("a", "b"), ["p"])
    assert tally.add("p", SQUARE, OTHER).tolist() == [0]
    found = told(tally, 1)
    assert (found["dice"][0], found["bpq"][0], found["mpq"][0], found["aji"][0]) == (0, 1, 0, 1)
    assert found["dice_with_background"][0] == pytest.approx(1 / 3)  # of background alone


def test_a_tile_without_an_object_counts_for_nothing():
    tally = Tally(("a",), ["p"])
    assert np.isnan(tally.add("p", NOTHING, NOTHING)).all()
    tally.add("p", SQUARE, SQUARE)
    found = told(tally, 1)
    assert (found["tile_dice"][0], found["dice"][0]) == (1, 1)
    assert found["tile_dice_with_background"][0] == 1


def test_pq_of_tiles_is_of_the_classes_that_each_has():
    tally = Tally(("a", "b"), ["p"])
    tally.add("p", SQUARE, SQUARE)  # 1 of class a, and no object of b to find
    tally.add("p", SQUARE, OTHER)  # found, of another class: 1 of all, 0 of class a
    tally.add("p", NOTHING, OTHER)  # in vain, which counts in no tile that has something
    tally.add("p", SQUARE, NOTHING)
    found = told(tally, 1)
    assert found["tile_bpq"][0] == pytest.approx((1 + 1 + 0) / 3)
    assert found["tile_mpq"][0] == pytest.approx((1 + 0 + 0) / 3)
    assert found["bpq"][0] == pytest.approx(2 / (2 + 1 / 2 + 1 / 2))


def test_each_patient_can_be_left_out():
    tally = Tally(("a",), ["p", "q"])
    tally.add("p", SQUARE, SQUARE)
    tally.add("q", SQUARE, NOTHING)
    found = told(tally, 2)
    assert found["dice"].tolist() == pytest.approx([2 * 16 / 48, 0, 1])  # both, q alone, p alone
    assert found["f1"].tolist() == pytest.approx([2 / 3, 0, 1])


def test_several_tiles_at_once_are_what_they_are_one_by_one():
    together, alone = Tally(("a",), ["p"]), Tally(("a",), ["p"])
    pair = [np.concatenate(parts) for parts in zip(SQUARE, HALF, strict=True)]
    other = [np.concatenate(parts) for parts in zip(HALF, HALF, strict=True)]
    assert together.add("p", tuple(pair), tuple(other)).tolist() == [0.5, 1]
    alone.add("p", SQUARE, HALF)
    alone.add("p", HALF, HALF)
    assert {name: v.tolist() for name, v in told(together, 1).items() if not np.isnan(v).any()} == {
        name: v.tolist() for name, v in told(alone, 1).items() if not np.isnan(v).any()
    }
