import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pretrain import colour
from pipeline.pretrain.colour import (
    fill_zeros,
    hue_matrix,
    random_colour,
    random_thresholds,
    recolour,
    recolour_light,
    scale_intensity,
    solarise,
)
from pipeline.pretrain.policy import CORRECTED, Policy

CPU = torch.device("cpu")
MANY = 2000
STRENGTHS = st.floats(0, 2)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def test_noise_replaces_black_pixels_alone():
    images = torch.full((1000, 3, 2, 2), 0.5)
    images[:, :, 0, 0] = 0
    filled = fill_zeros(images.clone(), 0.3)
    assert torch.equal(filled[:, :, 1], images[:, :, 1])
    changed = (filled[:, :, 0, 0] > 0).all(1)
    assert float(changed.float().mean()) == pytest.approx(0.3, abs=0.05)


@given(strength=STRENGTHS)
def test_shares_of_noise_and_solarisation_are_proportional_to_the_strength(strength):
    torch.manual_seed(0)
    policy = CORRECTED.scaled(strength, 1.0)
    filled = fill_zeros(torch.zeros(MANY, 3, 1, 1), policy.noise)
    assert float((filled > 0).any(1).float().mean()) == pytest.approx(0.3 * strength, abs=0.04)
    chosen = random_thresholds(MANY, CPU, policy).isfinite()
    assert float(chosen.float().mean()) == pytest.approx(0.3 * strength, abs=0.04)


def test_thresholds_are_of_full_scale():
    drawn = random_thresholds(MANY, CPU, CORRECTED)
    drawn = drawn[drawn.isfinite()]
    assert float(drawn.min()) == pytest.approx(0.01, abs=0.005)
    assert float(drawn.max()) == pytest.approx(0.6, abs=0.005)


def test_solarise_inverts_above_the_threshold():
    found = solarise(torch.tensor([0.2, 0.5, 0.9]).view(1, 3, 1, 1), torch.tensor([0.4]))
    assert found.flatten().tolist() == pytest.approx([0.2, 0.5, 0.1])
    assert solarise(torch.ones(1, 3, 1, 1), torch.tensor([math.inf])).flatten().tolist() == [1, 1, 1]


@given(strength=STRENGTHS)
def test_contrast_and_brightness_are_proportional_to_the_strength(strength):
    torch.manual_seed(0)
    grey = torch.full((MANY, 3, 1, 2), 0.25)
    grey[..., 1] = 0.75
    matrix, offset = random_colour(grey, CORRECTED.scaled(strength, 1.0))
    low, high = (torch.einsum("bij,bj->bi", matrix, grey[:, :, 0, x]) + offset for x in (0, 1))
    assert torch.allclose(low[:, 0], low[:, 2], atol=1e-4)  # grey stays grey
    contrast = (high - low)[:, 0] / 0.5
    assert float((contrast - 1).abs().max()) == pytest.approx(0.4 * strength, abs=0.01)
    assert float(contrast.min()) > 0
    shift = (high + low)[:, 0] / 2 - 0.5
    assert float(shift.abs().max()) == pytest.approx(0.4 * strength, abs=0.01)


@given(strength=STRENGTHS)
def test_saturation_and_hue_are_proportional_to_the_strength(strength):
    torch.manual_seed(0)
    red = torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1).expand(MANY, 3, 1, 1)
    matrix, offset = random_colour(red, CORRECTED.scaled(strength, 1.0))
    seen = matrix @ red[:, :, 0] + offset[:, :, None]  # contrast about its own mean leaves one pixel alone
    before, after = (torch.tensor(colour.YIQ)[1:] @ x for x in (red[:1, :, 0], seen))
    length = after.norm(dim=1) / before.norm(dim=1)
    turned = torch.atan2(after[:, 1], after[:, 0]) - torch.atan2(before[:, 1], before[:, 0])
    turned = (turned + math.pi) % (2 * math.pi) - math.pi
    assert float((length - 1).abs().max()) == pytest.approx(0.4 * strength, abs=0.02)
    assert float(turned.abs().max()) == pytest.approx(0.2 * math.pi * strength, abs=0.02)


def test_no_strength_leaves_light_as_it_is():
    images = torch.rand(8, 3, 4, 4)
    images[:, :, 0] = 0
    assert torch.equal(fill_zeros(images.clone(), 0.0), images)
    assert torch.allclose(recolour_light(images, CORRECTED.scaled(0.0, 1.0)), images, atol=1e-5)


def test_light_is_a_factor_and_a_share_of_images_keeps_its_colours():
    images = torch.full((MANY, 3, 1, 2), 0.5)
    images[..., 1] = 0.25
    matrix, offset = random_colour(images, Policy(jitter=0.8, light=0.4))
    seen = matrix @ images[:, :, 0] + offset[:, :, None]
    factor = seen / images[:, :, 0]
    assert torch.allclose(factor, factor[:, :1, :1].expand_as(factor), atol=1e-5)
    assert float((factor - 1).abs().max()) == pytest.approx(0.4, abs=0.01)
    kept = (matrix == torch.eye(3)).flatten(1).all(1) & (offset == 0).all(1)
    assert float(kept.float().mean()) == pytest.approx(0.2, abs=0.03)


def test_hue_keeps_luminance_and_greys_and_full_turn_is_the_identity():
    turn = hue_matrix(torch.tensor([0.7, 2 * math.pi]))
    luma = torch.tensor(colour.LUMA)
    assert torch.allclose(luma @ turn[0], luma, atol=1e-5)
    assert torch.allclose(turn[0].sum(1), torch.ones(3), atol=1e-4)
    assert torch.allclose(turn[1], torch.eye(3), atol=1e-5)


def test_recolouring_clips():
    found = recolour(torch.full((1, 3, 1, 1), 0.5), 3 * torch.eye(3)[None], torch.tensor([[0.0, -2, -1.25]]))
    assert found.flatten().tolist() == [1, 0, 0.25]


@given(strength=STRENGTHS, by_channel=st.booleans())
def test_intensity_is_a_factor_proportional_to_the_strength(strength, by_channel):
    torch.manual_seed(0)
    images = torch.rand(MANY, 3, 1, 2) / 2  # the brightest can follow
    images[:, 1, :, 0] = 0
    found = scale_intensity(images, 0.2 * strength, by_channel=by_channel)
    factor = found[..., 1] / images[..., 1]
    assert float((factor - 1).abs().max()) == pytest.approx(0.2 * strength, abs=0.005)
    assert torch.allclose(found, images * factor[..., None])
    if strength > 1e-3:  # factors of less are one number to float32
        assert torch.allclose(factor[:, :1], factor, atol=1e-5) == (not by_channel)


def test_intensity_never_clips():
    images = torch.rand(200, 3, 4, 4)
    images[..., 0, 0] = 1
    found = scale_intensity(images, 0.4, by_channel=True)
    factor = found[..., :1, :1]
    assert float(found.max()) == 1
    assert torch.allclose(found, images * factor)
    assert float((factor == 1).float().mean()) == pytest.approx(0.5, abs=0.05)


def test_a_channel_without_signal_has_none_after():
    images = torch.rand(20, 3, 4, 4)
    images[:, 2] = 0
    assert not scale_intensity(images, 0.2, by_channel=True)[:, 2].any()
    assert not scale_intensity(torch.zeros(3, 3, 2, 2), 0.2, by_channel=False).any()
