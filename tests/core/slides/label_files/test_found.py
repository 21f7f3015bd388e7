import numpy as np
import pytest

from pipeline.core.diffusion.nuclei import nuclei_of
from pipeline.core.slides.label_files.found import objects_of

Y, X = np.mgrid[:96, :120]


def discs(*places):
    mask = np.zeros(Y.shape, np.uint8)
    for kind, y, x, radius in places:
        mask[(Y - y) ** 2 + (X - x) ** 2 <= radius**2] = kind
    return mask


def same(first, second):
    """Whether two maps of ids hold the same objects, whatever their numbers."""
    pairs = np.unique(np.stack([first.ravel(), second.ravel()]), axis=1)
    return len(pairs[0]) == len(np.unique(pairs[0])) == len(np.unique(pairs[1]))


FIRST = (1, 12, 12, 7), (1, 50, 60, 10), (1, 50, 75, 9), (1, 64, 32, 6), (1, 20, 100, 9)
MASK = discs(*FIRST, (2, 30, 31, 9), (2, 80, 100, 8))


@pytest.mark.parametrize("window", [16, 32, 1024])
def test_windows_find_the_objects_of_the_whole_and_cut_none(window):
    found = objects_of(MASK, window)
    assert found.dtype == np.uint32
    assert np.array_equal(found > 0, MASK > 0)
    assert same(found, nuclei_of(MASK))
    assert np.unique(found).tolist() == list(range(found.max() + 1))


def test_a_part_that_is_longer_than_a_window_is_whole():
    mask = np.zeros((64, 200), np.uint8)
    mask[30:34], mask[5:15, 5:15] = 1, 1
    found = objects_of(mask, 32)
    assert len(np.unique(found[30:34])) == 1
    assert found[10, 10] not in (0, found[31, 0])


def test_classes_come_in_their_order():
    found = objects_of(MASK, 32)
    assert found[MASK == 1].max() < found[MASK == 2].min()


def test_nothing_stays_nothing():
    assert not objects_of(np.zeros((8, 8), np.uint8)).any()
