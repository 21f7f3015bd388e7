import numpy as np
import pytest
import torch
from monai.transforms import ComputeHoVerMaps

from pipeline.core.segmentation.hover_maps import hover_maps


def test_a_rectangle_goes_from_minus_1_to_1():
    instance = torch.zeros(1, 5, 7, dtype=torch.long)
    instance[0, 1:4, 1:6] = 8
    across, down = hover_maps(instance)[0]
    assert across[2].tolist() == [0, -1, -0.5, 0, 0.5, 1, 0]
    assert down[:, 3].tolist() == [0, -1, 0, 1, 0]
    assert across[0].tolist() == [*down[:, 0].tolist(), 0, 0] == [0] * 7


def test_the_centre_of_mass_need_not_be_half_way():
    instance = torch.zeros(1, 3, 6, dtype=torch.long)
    instance[0, 1, 1:5] = 1
    instance[0, 0, 1], instance[0, 2, 1] = 1, 1  # columns 1, 1, 1, 2, 3, 4: the middle is 2
    across, down = hover_maps(instance)[0]
    assert across[1].tolist() == [0, -1, 0, 0.5, 1, 0]
    assert down[:, 1].tolist() == [-1, 0, 1]


def test_a_pixel_alone_and_a_line_have_no_distance():
    instance = torch.zeros(1, 3, 5, dtype=torch.long)
    instance[0, 1, 1], instance[0, :, 3] = 1, 2
    across, down = hover_maps(instance)[0]
    assert not across.any()
    assert down[:, 3].tolist() == [-1, 0, 1]
    assert down[:, 1].tolist() == [0, 0, 0]


def test_the_same_id_in_another_image_is_another_object():
    instance = torch.zeros(2, 4, 4, dtype=torch.long)
    instance[0, :, :2], instance[1, :, 2:] = 5, 5
    found = hover_maps(instance)
    assert found[0, 0, 0].tolist() == [-1, 1, 0, 0]
    assert found[1, 0, 0].tolist() == [0, 0, -1, 1]


def test_no_object_is_no_distance():
    assert not hover_maps(torch.zeros(2, 4, 4, dtype=torch.long)).any()


@pytest.mark.parametrize("seed", range(4))
def test_maps_are_those_of_monai(seed):
    rng = np.random.default_rng(seed)
    instance = np.zeros((1, 24, 24), np.int64)
    for name in range(1, 7):
        y, x = rng.integers(0, 18, 2)
        instance[0, y : y + rng.integers(2, 7), x : x + rng.integers(2, 7)] = name
    sizes = [np.ptp(np.nonzero(instance[0] == name), axis=1).min(initial=0) for name in np.unique(instance)]
    expected = ComputeHoVerMaps()(instance.astype(np.int32)).numpy()
    alike = np.isin(instance[0], np.unique(instance)[np.array(sizes) > 0])  # theirs leaves lines out
    found = hover_maps(torch.from_numpy(instance))[0].numpy()
    assert found[:, alike] == pytest.approx(expected[:, alike], abs=1e-5)
