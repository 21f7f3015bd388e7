import numpy as np

from pipeline.synthesize.labels import renumbered


def test_nuclei_are_numbered_anew_from_one():
    ids = np.array([[0, 70000], [9, 70000]], np.uint32)
    assert renumbered(ids).tolist() == [[0, 2], [1, 2]]
    assert renumbered(ids + 1).tolist() == [[1, 3], [2, 3]]  # no background at all
    assert renumbered(ids).dtype == np.uint16
