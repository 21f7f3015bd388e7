import math

import pytest
import torch

from pipeline.pretrain import augment
from pipeline.pretrain.augment import (
    Augment,
    fill_zeros,
    hue_matrix,
    random_affine,
    random_colour,
    recolour,
    solarise,
    warp,
)

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize("mode", ["released", "corrected"])
def test_a_view_has_shape_and_range_and_is_new_each_time(mode):
    images = torch.rand(8, 3, 16, 16)
    one, other = Augment(mode)(images.clone()), Augment(mode)(images.clone())
    assert one.shape == images.shape
    assert 0 <= float(one.min()) <= float(one.max()) <= 1
    assert not torch.equal(one, other)


def test_same_random_state_same_view():
    images, views = torch.rand(4, 3, 8, 8), []
    for _ in range(2):
        torch.manual_seed(5)
        views.append(Augment()(images.clone()))
    assert torch.equal(*views)


def test_the_identity_map_changes_nothing():
    images = torch.rand(2, 3, 9, 9)
    assert torch.allclose(warp(images, torch.eye(2, 3).repeat(2, 1, 1)), images, atol=1e-5)


def test_a_flip_is_exact():
    images = torch.rand(1, 3, 8, 8)
    flip = torch.tensor([[[-1.0, 0, 0], [0, 1, 0]]])
    assert torch.allclose(warp(images, flip), images.flip(3), atol=1e-5)


def test_a_crop_keeps_75_to_100_percent_of_a_side_and_stays_inside(monkeypatch):
    monkeypatch.setattr(augment, "P_ROTATE", 0.0)
    affine = random_affine(4000, CPU)
    side = affine[:, [0, 1], [0, 1]].abs()
    assert 0.75 <= float(side.min()) < 0.76
    assert 0.99 < float(side.max()) <= 1
    assert float((side + affine[:, :, 2].abs()).max()) <= 1 + 1e-6
    assert not torch.allclose(side[:, 0], side[:, 1])  # the sides are independent


def test_shares_of_flips_and_rotations():
    affine = random_affine(4000, CPU)
    still = affine[:, 0, 1] == 0
    assert float(still.float().mean()) == pytest.approx(0.6, abs=0.03)
    assert float((affine[still, 0, 0] < 0).float().mean()) == pytest.approx(0.5, abs=0.03)
    assert float((affine[still, 1, 1] < 0).float().mean()) == pytest.approx(0.5, abs=0.03)


def test_noise_replaces_black_pixels_alone():
    images = torch.full((1000, 3, 2, 2), 0.5)
    images[:, :, 0, 0] = 0
    filled = fill_zeros(images.clone())
    assert torch.equal(filled[:, :, 1], images[:, :, 1])
    changed = (filled[:, :, 0, 0] > 0).all(1)
    assert float(changed.float().mean()) == pytest.approx(0.3, abs=0.05)


def test_released_inversion_is_exact_without_jitter(monkeypatch):
    monkeypatch.setattr(augment, "JITTER", 0.0)
    monkeypatch.setattr(augment, "HUE", 0.0)
    images = torch.rand(2, 3, 4, 4)
    matrix, offset = random_colour(images, torch.tensor([True, False]), brightness=0.0)
    found = recolour(images, matrix, offset)
    assert torch.allclose(found[0], 1 - images[0], atol=1e-6)
    assert torch.allclose(found[1], images[1], atol=1e-6)


def test_contrast_keeps_the_mean_of_grey_images():
    grey = torch.rand(6, 1, 8, 8).expand(6, 3, 8, 8) * 0.2 + 0.4
    matrix, offset = random_colour(grey, torch.zeros(6, dtype=torch.bool), brightness=0.0)
    found = recolour(grey, matrix, offset)
    assert torch.allclose(found.mean((2, 3)), grey.mean((2, 3)), atol=1e-4)
    contrast = found.std((2, 3)) / grey.std((2, 3))
    assert 0.6 <= float(contrast.min()) <= float(contrast.max()) <= 1.4


def test_brightness_is_released_nowhere_and_corrected_by_up_to_two_fifths():
    images = torch.full((2000, 3, 1, 1), 0.5)
    plain = torch.zeros(2000, dtype=torch.bool)
    still = recolour(images, *random_colour(images, plain, brightness=0.0))
    assert torch.allclose(still, images, atol=1e-4)
    shifted = recolour(images, *random_colour(images, plain, brightness=0.4)) - 0.5
    assert float(shifted.abs().max()) == pytest.approx(0.4, abs=0.01)


def test_hue_keeps_luminance_and_greys_and_full_turn_is_the_identity():
    turn = hue_matrix(torch.tensor([0.7, 2 * math.pi]))
    luma = torch.tensor(augment.LUMA)
    assert torch.allclose(luma @ turn[0], luma, atol=1e-5)
    assert torch.allclose(turn[0].sum(1), torch.ones(3), atol=1e-4)
    assert torch.allclose(turn[1], torch.eye(3), atol=1e-5)


def test_solarise_inverts_above_the_threshold():
    found = solarise(torch.tensor([0.2, 0.5, 0.9]).view(1, 3, 1, 1), torch.tensor([0.4]))
    assert found.flatten().tolist() == pytest.approx([0.2, 0.5, 0.1])


def test_corrected_masks_keep_their_colours_and_move():
    masks = (torch.rand(16, 1, 16, 16) > 0.5).float().expand(16, 3, 16, 16).contiguous()
    found = Augment("corrected")(masks.clone(), mask=True)
    assert torch.equal(found[:, 0], found[:, 1])
    assert float(found.mean()) == pytest.approx(float(masks.mean()), abs=0.05)
    assert not torch.equal(found, masks)


def test_released_masks_change_colour():
    masks = torch.ones(64, 3, 8, 8)
    inverted = Augment("released")(masks, mask=True).mean((1, 2, 3)) < 0.5
    assert 0.1 < float(inverted.float().mean()) < 0.5
