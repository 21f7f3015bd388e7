import numpy as np
import pytest
import torch

from pipeline.core.diffusion.conditions import check_classes, conditions, edges, one_hot, presence
from pipeline.core.errors import ProductError


@pytest.mark.parametrize("side", [2, 3, 7])
def test_a_square_on_background_has_8k_minus_4_edge_pixels(side: int) -> None:
    instance = torch.zeros(1, 16, 16, dtype=torch.int64)
    instance[0, 4 : 4 + side, 5 : 5 + side] = 9
    assert edges(instance).sum() == 8 * side - 4


def test_both_sides_of_a_border_between_nuclei_are_edge_and_the_frame_is_none() -> None:
    instance = torch.tensor([[[1, 1, 2, 2], [1, 1, 2, 2]]])
    assert edges(instance).int().tolist() == [[[0, 1, 1, 0], [0, 1, 1, 0]]]


def test_edges_need_four_neighbours_not_eight() -> None:
    instance = torch.zeros(1, 3, 3, dtype=torch.int64)
    instance[0, 0, 0] = 1
    assert edges(instance).int().tolist() == [[[1, 1, 0], [1, 0, 0], [0, 0, 0]]]


@pytest.mark.parametrize("dtype", [np.uint16, np.uint32])
def test_ids_may_be_of_any_width(dtype) -> None:
    assert edges(torch.from_numpy(np.array([[[1, 60000]]], dtype))).all()


def test_conditions_are_background_classes_and_edges() -> None:
    mask = torch.tensor([[[0, 2], [2, 2]]], dtype=torch.uint8)
    found = conditions(mask, torch.tensor([[[0, 4], [4, 4]]]), 3)
    expected = [[[1, 0], [0, 0]], [[0, 0], [0, 0]], [[0, 1], [1, 1]], [[0, 0], [0, 0]], [[1, 1], [1, 0]]]
    assert found.dtype == torch.float32
    assert found[0].int().tolist() == expected


def test_an_empty_mask_is_background_alone() -> None:
    nothing = torch.zeros(2, 8, 8, dtype=torch.uint8)
    found = conditions(nothing, nothing, 2)
    assert (found[:, 0] == 1).all()
    assert (found[:, 1:] == 0).all()
    assert presence(nothing, 2).tolist() == [[1, 0, 0]] * 2


def test_every_pixel_has_one_class() -> None:
    mask = torch.randint(0, 4, (3, 8, 8), generator=torch.Generator().manual_seed(0))
    assert (one_hot(mask, 3).sum(1) == 1).all()
    assert (one_hot(mask, 3).argmax(1) == mask).all()


def test_a_class_is_present_from_20_pixels_on() -> None:
    mask = torch.zeros(1, 8, 8, dtype=torch.uint8)
    mask[0, :2] = 1  # 16
    mask[0, 4:6], mask[0, 6, :4] = 2, 2  # 20
    assert presence(mask, 3).tolist() == [[1, 0, 1, 0]]


def test_the_background_counts_as_present_where_nuclei_fill_the_tile() -> None:
    assert presence(torch.ones(1, 8, 8, dtype=torch.uint8), 1).tolist() == [[1, 1]]


def test_a_class_that_is_not_known_is_told() -> None:
    parts = [np.full((1, 4, 4), 4, np.uint8), np.full((1, 4, 4), 7, np.uint8)]
    check_classes(parts[:1], 4, where="a")
    with pytest.raises(ProductError, match=r"class id 7 in a mask, expected 0 to 4(.|\n)*where: a"):
        check_classes(parts, 4, where="a")


def test_no_tile_has_no_class() -> None:
    check_classes([np.zeros((0, 4, 4), np.uint8)], 1, where="a")
