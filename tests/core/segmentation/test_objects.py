import numpy as np

from pipeline.core.segmentation.objects import majority, without_specks


def test_specks_go_and_the_others_are_numbered_anew():
    instance = np.array([[9, 9, 9, 0, 4, 2, 2]])
    assert without_specks(instance, 2).tolist() == [[2, 2, 2, 0, 0, 1, 1]]
    assert without_specks(instance, 2).dtype == np.uint32
    assert without_specks(instance[:0], 2).shape == (0, 7)


def test_every_pixel_of_an_object_has_the_class_that_most_have():
    instance, votes = np.array([[0, 1, 1, 1, 2, 2, 0]], np.uint32), np.array([[3, 3, 1, 3, 2, 1, 1]], np.uint8)
    found = majority(instance, votes, 3)
    assert found.tolist() == [[0, 3, 3, 3, 1, 1, 0]]
    assert found.dtype == np.uint8
