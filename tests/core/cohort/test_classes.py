import numpy as np

from pipeline.core.cohort.classes import present
from pipeline.core.diffusion.conditions import LEAST


def test_a_class_is_present_from_twenty_pixels_on():
    mask = np.zeros((2, 10, 10), np.uint8)
    mask[0].flat[:LEAST] = 1
    mask[1].flat[: LEAST - 1] = 1
    mask[1].flat[-LEAST:] = 2
    assert present(mask, 2).tolist() == [[True, False], [False, True]]
    assert present(mask, 1).tolist() == [[True], [False]]
