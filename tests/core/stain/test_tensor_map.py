import numpy as np
import pytest
import torch

from pipeline.core.errors import ProductError
from pipeline.core.stain.colour_map import ColourMap
from pipeline.core.stain.tensor_map import TensorMap
from tests.core.stain.test_colour_map import RULES, images

CPU = torch.device("cpu")


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_tensors_become_what_arrays_become(rule):
    arrays = ColourMap(rule.apply)
    tensors = TensorMap(ColourMap(rule.apply), CPU)
    for seed in (0, 1, 0):
        assert np.array_equal(tensors(torch.from_numpy(images(seed))).numpy(), arrays(images(seed)))


def test_what_is_no_8_bit_rgb_is_told():
    with pytest.raises(ProductError, match=r"found torch.float32 of shape \(2, 3\)"):
        TensorMap(ColourMap(lambda colours: colours), CPU)(torch.zeros(2, 3))
