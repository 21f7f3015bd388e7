import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from pipeline.pretrain.geometry import affine, positions, random_affine, random_angles, random_crops, random_sides, warp
from pipeline.pretrain.policy import CLIP_LITE, CORRECTED

CPU = torch.device("cpu")
MANY = 2000
STRENGTHS = st.floats(0, 2)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def test_the_identity_map_changes_nothing():
    images = torch.rand(2, 3, 9, 9)
    assert torch.allclose(warp(images, torch.eye(2, 3).repeat(2, 1, 1)), images, atol=1e-5)


def test_positions_are_those_of_affine_grid():
    maps = torch.randn(5, 2, 3)
    expected = functional.affine_grid(maps, [5, 3, 7, 12], align_corners=False)
    assert torch.allclose(positions(maps, 7, 12), expected, atol=1e-6)


def test_a_flip_is_exact():
    images = torch.rand(1, 3, 8, 8)
    flip = torch.tensor([[[-1.0, 0, 0], [0, 1, 0]]])
    assert torch.allclose(warp(images, flip), images.flip(3), atol=1e-5)


def test_a_quarter_turn_is_exact_and_counterclockwise():
    images = torch.rand(1, 3, 8, 8)
    quarter = affine(torch.ones(1, 2), torch.zeros(1, 2), torch.tensor([math.pi / 2]))
    assert torch.allclose(warp(images, quarter), images.rot90(1, (2, 3)), atol=1e-5)


def test_a_crop_keeps_75_to_100_percent_of_a_side_and_stays_inside():
    scale, shift = random_crops(4000, CPU, CORRECTED)
    side = scale.abs()
    assert 0.75 <= float(side.min()) < 0.76
    assert 0.99 < float(side.max()) <= 1
    assert float((side + shift.abs()).max()) <= 1 + 1e-6
    assert not torch.allclose(side[:, 0], side[:, 1])  # the sides are independent


def test_shares_of_flips_and_rotations():
    maps = random_affine(4000, CPU, CORRECTED)
    still = maps[:, 0, 1] == 0
    assert float(still.float().mean()) == pytest.approx(0.6, abs=0.03)
    assert float((maps[still, 0, 0] < 0).float().mean()) == pytest.approx(0.5, abs=0.03)
    assert float((maps[still, 1, 1] < 0).float().mean()) == pytest.approx(0.5, abs=0.03)


@given(strength=STRENGTHS)
def test_amplitudes_and_shares_are_proportional_to_the_strength(strength):
    torch.manual_seed(0)
    policy = CORRECTED.scaled(0.0, strength)
    scale, shift = random_crops(MANY, CPU, policy)
    side, angle = scale.abs(), random_angles(MANY, CPU, policy)
    assert float(1 - side.min()) == pytest.approx(0.25 * strength, abs=0.01)
    assert float((side + shift.abs()).max()) <= 1 + 1e-6
    assert float((scale < 0).float().mean()) == pytest.approx(0.5 * strength, abs=0.04)
    assert float(angle.max()) == pytest.approx(math.pi * strength, abs=0.1)
    assert float((angle > 0).float().mean()) == pytest.approx(0.4 * strength, abs=0.04)


def test_no_strength_is_the_identity_map():
    assert torch.equal(random_affine(50, CPU, CORRECTED.scaled(1.0, 0.0)), torch.eye(2, 3).expand(50, 2, 3))


def test_twice_the_strength_moves_the_same_draws_twice_as_far():
    sizes = []
    for strength in (0.5, 1.0):
        torch.manual_seed(3)
        sizes.append(1 - random_crops(100, CPU, CORRECTED.scaled(1.0, strength))[0].abs())
    assert torch.allclose(2 * sizes[0], sizes[1], atol=1e-6)


def test_a_crop_by_area_keeps_that_area_and_its_ratio():
    sides = random_sides(MANY, CPU, 0.8)
    area, ratio = sides.prod(1), sides[:, 0] / sides[:, 1]
    assert float(area.min()) == pytest.approx(0.2, abs=0.01)
    assert float(sides.max()) == 1
    whole = (sides < 1).all(1)
    assert float(ratio[whole].log().abs().max()) == pytest.approx(math.log(4 / 3), abs=0.01)
    assert float(area[whole & (ratio.log().abs() < 0.05)].mean()) == pytest.approx(0.6, abs=0.05)


def test_flips_of_one_axis_alone():
    maps = random_affine(MANY, CPU, CLIP_LITE)
    assert float((maps[:, 0, 0] < 0).float().mean()) == pytest.approx(0.5, abs=0.04)
    assert (maps[:, 1, 1] > 0).all()
    assert not maps[:, 0, 1].any()  # and nothing is rotated
