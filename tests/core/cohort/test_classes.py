import numpy as np
import pytest

from pipeline.core.cohort.classes import LEAST, present, require_known
from pipeline.core.errors import ProductError


def test_a_class_is_present_from_twenty_pixels_on():
    mask = np.zeros((2, 10, 10), np.uint8)
    mask[0].flat[:LEAST] = 1
    mask[1].flat[: LEAST - 1] = 1
    mask[1].flat[-LEAST:] = 2
    assert present(mask, 2).tolist() == [[True, False], [False, True]]
    assert present(mask, 1).tolist() == [[True], [False]]


def test_an_id_without_a_name_is_told():
    require_known(np.array([0, 2], np.uint8), ["a", "b"], "here")
    with pytest.raises(ProductError, match="a mask has id 3, and no class is called so; known are 1 a, 2 b") as error:
        require_known(np.array([0, 3], np.uint8), ["a", "b"], "here")
    assert error.value.where == "here"
