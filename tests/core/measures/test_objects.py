import numpy as np
import pytest

from pipeline.core.measures.objects import numbered, pairs_of


def test_objects_are_numbered_in_the_order_of_their_ids_with_the_class_of_most_of_their_pixels():
    instance = np.array([[0, 7, 7, 7], [0, 7, 3, 3]], np.uint32)
    mask = np.array([[2, 1, 2, 1], [0, 0, 2, 0]], np.uint8)
    number, objects = numbered(instance, mask)
    assert number.tolist() == [[-1, 1, 1, 1], [-1, 1, 0, 0]]
    assert objects.sizes.tolist() == [2, 4]
    assert objects.classes.tolist() == [2, 1]


def test_an_object_without_a_class_is_of_none_whatever_else_is_there():
    instance = np.array([[1, 1, 2, 2]])
    for mask, expected in (([[0, 0, 1, 1]], [0, 1]), ([[2, 2, 0, 0]], [2, 0]), ([[0, 0, 0, 0]], [0, 0])):
        _, objects = numbered(instance, np.array(mask, np.uint8))
        assert objects.classes.tolist() == expected
        assert objects.sizes.tolist() == [2, 2]


def test_an_area_without_background_or_without_objects():
    number, objects = numbered(np.full((2, 2), 5), np.ones((2, 2), np.uint8))
    assert number.tolist() == [[0, 0], [0, 0]]
    assert objects.sizes.tolist() == [4]
    number, objects = numbered(np.zeros((2, 2), np.uint16), np.zeros((2, 2), np.uint8))
    assert (number == -1).all()
    assert len(objects.sizes) == len(objects.classes) == 0
    assert len(pairs_of(number, number).both) == 0


def test_pairs_share_a_pixel():
    truth, found = np.array([[0, 0, -1, 1, 1]]), np.array([[-1, 0, 0, 0, 1]])
    pairs = pairs_of(truth, found)
    assert [pairs.truth.tolist(), pairs.found.tolist()] == [[0, 1, 1], [0, 0, 1]]
    assert pairs.both.tolist() == [1, 1, 1]
    assert pairs.either.tolist() == [4, 4, 2]
    assert pairs.iou == pytest.approx([0.25, 0.25, 0.5])
