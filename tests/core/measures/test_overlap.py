import numpy as np
import pytest

from pipeline.core.measures.overlap import Overlap, dice, iou, pixels_of


def test_pixels_are_counted_by_tile_true_and_found_class():
    truth = np.array([[[0, 1], [1, 2]], [[2, 2], [2, 2]]], np.uint8)
    found = np.array([[[0, 1], [2, 2]], [[2, 2], [0, 2]]], np.uint8)
    assert pixels_of(truth, found, 2).tolist() == [[[1, 0, 0], [0, 1, 1], [0, 0, 1]], [[0, 0, 0], [0, 0, 0], [1, 0, 3]]]
    assert pixels_of(truth[:0], found[:0], 2).shape == (0, 3, 3)


def test_dice_and_iou_of_each_class():
    pixels = np.array([[6.0, 2, 0], [1, 3, 0], [0, 0, 0]])
    assert dice(pixels)[:2] == pytest.approx([12 / 15, 6 / 9])
    assert iou(pixels)[:2] == pytest.approx([6 / 9, 3 / 6])
    assert np.isnan(dice(pixels)[2])
    assert np.isnan(iou(pixels)[2])


@pytest.mark.parametrize("seed", range(3))
def test_dice_is_2_iou_by_1_plus_iou(seed):
    pixels = np.random.default_rng(seed).integers(0, 9, (4, 3, 3))
    assert dice(pixels) == pytest.approx(2 * iou(pixels) / (1 + iou(pixels)))


def test_a_class_that_is_found_and_not_there_has_a_dice_of_0():
    assert dice(np.array([[5.0, 1], [0, 0]])).tolist() == pytest.approx([10 / 11, 0])


def test_means_are_over_the_classes_that_occur_and_over_patients_pixels():
    one, other = [[6, 2, 0], [1, 3, 0], [0, 0, 0]], [[4, 0, 0], [0, 1, 0], [0, 1, 2]]
    pool = Overlap(np.array(["round", "long"]), np.array([2 * np.array(one), other], float))
    found = pool.values(np.array([[1.0, 1], [1, 0]]))
    assert found["dice/round"] == pytest.approx([14 / 21, 12 / 18])
    assert found["dice/long"][0] == pytest.approx(4 / 5)
    assert np.isnan(found["dice/long"][1])
    assert found["dice"] == pytest.approx([(14 / 21 + 4 / 5) / 2, 12 / 18])
    assert found["iou"] == pytest.approx([(7 / 14 + 2 / 3) / 2, 6 / 12])
    assert found["dice_with_background"] == pytest.approx([(32 / 38 + 14 / 21 + 4 / 5) / 3, (24 / 30 + 12 / 18) / 2])


def test_nothing_found_and_nothing_there_is_not_defined():
    found = Overlap(np.array(["a"]), np.array([[[9.0, 0], [0, 0]]])).values(np.ones((1, 1)))
    assert np.isnan(found["dice"]).all()
    assert found["dice_with_background"].tolist() == [1]
