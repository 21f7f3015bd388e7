"""Each step against its definition (colours against ``colorsys``), and the order of the steps."""

import colorsys
import math

import pytest
import torch

from pipeline.pretrain import published as steps
from pipeline.pretrain.published import adjust_contrast, fill_values, invert, published, rotate, saturate, turn_hue

MANY = 400


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def pixels(images):
    return images.permute(0, 2, 3, 1).reshape(-1, 3).tolist()


def test_noise_replaces_zeros_of_single_channels():
    images = torch.full((2, 3, 2, 2), 0.5)
    images[:, 1] = 0
    found = fill_values(images, torch.tensor([True, False]))
    assert torch.equal(found[1], images[1])
    assert torch.equal(found[0, [0, 2]], images[0, [0, 2]])
    assert (found[0, 1] > 0).all()
    assert found[0, 1].unique().numel() == 4


def test_a_rotation_is_of_whole_pixels_and_black_outside():
    images = torch.rand(3, 3, 8, 8) + 0.1
    found = rotate(images, torch.tensor([0.0, math.pi / 2, math.pi / 4]))
    assert torch.equal(found[0], images[0])
    assert torch.equal(found[1], images[1].rot90(1, (1, 2)))
    assert not found[2][:, [0, 0, -1, -1], [0, -1, 0, -1]].any()
    assert set(found[2].flatten().tolist()) <= {0.0, *images[2].flatten().tolist()}


def test_inversion_is_full_and_leaves_black_alone():
    levels = (torch.arange(256) / 255).view(1, 1, 1, 256).expand(2, 3, 1, 256)
    found = invert(levels, torch.tensor([0.6, math.inf]))
    assert not found[0, :, :, 0].any()
    assert torch.equal(found[0, :, :, 1:], 1 - levels[0, :, :, 1:])
    assert torch.equal(found[1], levels[1])


def test_contrast_is_about_the_mean_of_each_channel():
    images = torch.tensor([[0.2, 0.4], [0.5, 0.7], [0.0, 1.0]]).view(1, 3, 1, 2)
    found = adjust_contrast(images, torch.tensor([0.5]))
    assert found.flatten().tolist() == pytest.approx([0.25, 0.35, 0.55, 0.65, 0.25, 0.75])


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.4])
def test_saturation_is_that_of_hsv(factor):
    images = torch.rand(1, 3, 8, 8)
    for before, after in zip(pixels(images), pixels(saturate(images, torch.tensor([factor]))), strict=True):
        hue, saturation, value = colorsys.rgb_to_hsv(*before)
        assert after == pytest.approx(colorsys.hsv_to_rgb(hue, min(saturation * factor, 1), value), abs=1e-5)


@pytest.mark.parametrize("turn", [-0.1, 0.0, 0.07, 1.0])
def test_hue_is_that_of_hsv(turn):
    images = torch.rand(1, 3, 8, 8)
    for before, after in zip(pixels(images), pixels(turn_hue(images, torch.tensor([turn]))), strict=True):
        hue, saturation, value = colorsys.rgb_to_hsv(*before)
        assert after == pytest.approx(colorsys.hsv_to_rgb((hue + turn) % 1, saturation, value), abs=1e-4)


def test_greys_and_black_have_no_hue_and_no_saturation():
    grey = torch.tensor([0.0, 0.3, 1.0]).view(1, 1, 1, 3).expand(1, 3, 1, 3)
    assert torch.equal(saturate(grey, torch.tensor([1.4])), grey)
    assert torch.equal(turn_hue(grey, torch.tensor([0.1])), grey)


def test_contrast_below_black_stays_finite_until_the_end():
    dark = torch.tensor([[-0.2, -0.1], [-0.3, 0.5], [-0.1, -0.2]]).view(1, 3, 1, 2)
    found = turn_hue(saturate(dark, torch.tensor([1.2])), torch.tensor([0.1]))
    assert found.isfinite().all()
    assert found.amax(1).flatten().tolist() == pytest.approx([-0.1, 0.5])


STEPS = ("warp", "fill_values", "rotate", "invert", "adjust_contrast", "saturate", "turn_hue")


def test_steps_are_in_the_published_order(monkeypatch):
    order = []

    def noted(name, step):
        return lambda *given: order.append(name) or step(*given)

    for name in STEPS:
        monkeypatch.setattr(steps, name, noted(name, getattr(steps, name)))
    published(torch.rand(4, 3, 8, 8))
    assert tuple(order) == STEPS


def untouched(monkeypatch, *names):
    """Leaves out the steps that are named."""
    for name in names:
        monkeypatch.setattr(steps, name, lambda images, given: images)


COLOURS = ("invert", "adjust_contrast", "saturate", "turn_hue")


def test_noise_is_rotated_with_the_picture(monkeypatch):
    untouched(monkeypatch, *COLOURS)
    (found,) = published(torch.zeros(MANY, 3, 16, 16))
    filled = found.flatten(1).any(1)
    corners = found[:, :, [0, 0, -1, -1], [0, -1, 0, -1]].flatten(1)
    rotated = filled & ~corners.any(1)  # noise came first, so the corners that the rotation uncovers are black
    assert float(filled.float().mean()) == pytest.approx(0.3, abs=0.06)
    assert 0.05 < float(rotated.float().mean()) < 0.3 * 0.4


def test_what_a_rotation_uncovers_is_black_even_where_inverted(monkeypatch):
    untouched(monkeypatch, "warp", *COLOURS[1:])
    (found,) = published(torch.full((MANY, 3, 16, 16), 0.25))
    inside = found[:, 0, 8, 8]
    inverted = inside == 0.75
    assert (inverted | (inside == 0.25)).all()
    assert float(inverted.float().mean()) == pytest.approx(0.3, abs=0.06)
    rotated = (found == 0).flatten(1).any(1)
    assert float(rotated.float().mean()) == pytest.approx(0.4, abs=0.08)
    assert (rotated & inverted).any()
    assert set(found[rotated & inverted].flatten().tolist()) == {0.0, 0.75}


def test_brightness_is_left_alone():
    (found,) = published(torch.full((MANY, 3, 8, 8), 0.5))
    assert float((found[:, :, 4, 4].mean(1) - 0.5).abs().median()) < 0.03


def test_a_mask_turns_black_where_it_is_inverted(monkeypatch):
    untouched(monkeypatch, "warp", "fill_values", *COLOURS[1:])
    masks = torch.zeros(MANY, 3, 8, 8)
    masks[:, :, :, 2:6] = 1
    (found,) = published(masks)
    assert float((found == 0).flatten(1).all(1).float().mean()) == pytest.approx(0.3, abs=0.06)
