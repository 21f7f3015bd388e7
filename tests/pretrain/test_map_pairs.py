import pytest
import torch
from torch.nn import functional

from pipeline.pretrain.map_pairs import averaged, of_equal_size, paired


@pytest.mark.parametrize(("y", "x"), [(4, 4), (3, 5), (1, 1), (7, 7)])
def test_averaging_is_adaptive_average_pooling(y, x):
    torch.manual_seed(0)
    maps = torch.randn(2, 3, 7, 7)
    assert torch.allclose(averaged(maps, y, x), functional.adaptive_avg_pool2d(maps, (y, x)), atol=1e-6)


def test_the_larger_map_is_averaged_down_axis_by_axis():
    torch.manual_seed(0)
    a, b = torch.randn(2, 3, 8, 2), torch.randn(2, 5, 4, 4)
    smaller, same = of_equal_size(a, b)
    assert torch.allclose(smaller, functional.adaptive_avg_pool2d(a, (4, 2)), atol=1e-6)
    assert torch.allclose(same, functional.adaptive_avg_pool2d(b, (4, 2)), atol=1e-6)


def test_maps_of_equal_size_stay_as_they_are():
    a, b = torch.randn(2, 3, 4, 4), torch.randn(2, 5, 4, 4)
    assert of_equal_size(a, b) == (a, b)


def test_a_transformer_teaches_every_stage_of_a_residual_network():
    stages, blocks = [torch.zeros(1, 2, n, n) for n in (8, 4, 2, 1)], [torch.zeros(1, 3, 2, 2)] * 4
    sizes = [(tuple(a.shape[2:]), tuple(b.shape[2:])) for a, b in paired(stages, blocks)]
    assert sizes == [((n, n), (n, n)) for n in (2, 2, 2, 1)]


def test_of_fewer_maps_the_coarsest_meet():
    student, teacher = [torch.full((1, 1, 1), float(i)) for i in range(4)], [torch.full((1, 1, 1), 9.0)] * 2
    assert [float(a) for a, _ in paired(student, teacher)] == [2, 3]
