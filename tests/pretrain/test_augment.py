from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.kinds import Kind
from pipeline.pretrain.augment import Augment
from pipeline.pretrain.policy import POLICIES
from pipeline.pretrain.published import published

KINDS = get_args(Kind)
COLOUR_ALONE, GEOMETRY_ALONE = Augment(geometry=0.0), Augment(colour=0.0)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def multiplex(count, size=32, seed=1):
    """Spots of three markers on black, float (count, 3, y, x): how many and how bright differs from tile to tile."""
    rng = torch.Generator().manual_seed(seed)
    share = torch.rand(count, 3, 1, 1, generator=rng)
    spots = torch.rand(count, 3, size, size, generator=rng) < 0.5 * share
    return spots * (0.2 + 0.6 * torch.rand(count, 3, size, size, generator=rng))


def drawn(augment, images, kind, seed=0):
    torch.manual_seed(seed)
    return augment(images.clone(), kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("preset", POLICIES)
def test_a_view_has_shape_and_range_is_new_each_time_and_has_no_gradient(preset, kind):
    images = torch.rand(8, 3, 16, 16)
    one, other = Augment(preset)(images.clone(), kind), Augment(preset)(images.clone(), kind)
    assert one.shape == images.shape
    assert one.dtype == torch.float32
    assert 0 <= float(one.min()) <= float(one.max()) <= 1
    assert not torch.equal(one, other)
    assert not one.requires_grad


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("preset", POLICIES)
def test_same_random_state_same_view(preset, kind):
    images = torch.rand(4, 3, 8, 8)
    assert torch.equal(*(drawn(Augment(preset), images, kind, seed=5) for _ in range(2)))


@pytest.mark.parametrize("kind", KINDS)
def test_without_strength_a_view_is_the_image(kind):
    images = multiplex(16)
    state = torch.get_rng_state()
    assert torch.equal(Augment(colour=0.0, geometry=0.0)(images.clone(), kind), images)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("kind", KINDS)
def test_without_colour_the_values_are_those_of_the_image(kind):
    images = torch.rand(32, 1, 1, 1).expand(32, 3, 8, 8) * torch.tensor([1.0, 0.5, 0.0]).view(3, 1, 1)
    assert torch.allclose(GEOMETRY_ALONE(images.clone(), kind), images, atol=1e-6)
    noise = torch.rand(32, 3, 8, 8)
    assert not torch.equal(GEOMETRY_ALONE(noise.clone(), kind), noise)


@pytest.mark.parametrize("kind", ["light", "fluorescence", "electron"])
def test_without_geometry_no_pixel_moves(kind):
    spot = torch.zeros(8, 8, dtype=torch.bool)
    spot[2:5, 1:4] = True
    images = torch.where(spot, torch.rand(32, 3, 1, 1), torch.rand(32, 3, 1, 1))
    found = COLOUR_ALONE(images.clone(), kind)
    assert torch.equal(found, torch.where(spot, found[:, :, 2:3, 1:2], found[:, :, :1, :1]))
    assert not torch.equal(found, images)


def test_without_geometry_a_mask_is_itself():
    masks = (torch.rand(16, 1, 8, 8) > 0.5).float().expand(16, 3, 8, 8)
    assert torch.equal(COLOUR_ALONE(masks.clone(), "mask"), masks)


def test_masks_keep_their_colours_and_move():
    masks = (torch.rand(16, 1, 16, 16) > 0.5).float().expand(16, 3, 16, 16).contiguous()
    found = Augment()(masks.clone(), "mask")
    assert torch.equal(found[:, 0], found[:, 1])
    assert float(found.mean()) == pytest.approx(float(masks.mean()), abs=0.05)
    assert not torch.equal(found, masks)
    assert torch.equal(drawn(Augment(), masks, "mask"), drawn(GEOMETRY_ALONE, masks, "light"))


@given(strength=st.floats(0, 2))
def test_fluorescence_keeps_zeros_and_ratios(strength):
    images = multiplex(8)
    found = drawn(Augment(colour=strength, geometry=0.0), images, "fluorescence")
    assert torch.equal(found == 0, images == 0)
    factor = found.sum((2, 3)) / images.sum((2, 3)).clamp(min=1e-6)
    assert torch.allclose(found, images * factor[:, :, None, None], atol=1e-5)
    assert float((factor[images.any(3).any(2)] - 1).abs().max()) <= 0.2 * strength + 1e-5


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_markers_of_fluorescence_never_mix(channel):
    images = multiplex(64)
    images[:, channel] = 0
    found = Augment()(images.clone(), "fluorescence")
    assert not found[:, channel].any()
    assert found.flatten(1).any(1).all()
    other = (channel + 1) % 3
    alone = images.clone()
    alone[:, (channel + 2) % 3] = 0
    same = drawn(Augment(), images, "fluorescence")[:, other], drawn(Augment(), alone, "fluorescence")[:, other]
    assert torch.equal(*same)


@pytest.mark.parametrize("strength", [0.3, 1.0, 2.0])
def test_electrons_stay_grey(strength):
    images = torch.rand(32, 1, 16, 16).expand(32, 3, 16, 16)
    found = Augment(colour=strength)(images.clone(), "electron")
    assert torch.equal(found[:, 0], found[:, 1])
    assert torch.equal(found[:, 0], found[:, 2])
    still = Augment(colour=strength, geometry=0.0)(images.clone(), "electron")
    factor = still.mean((1, 2, 3)) / images.mean((1, 2, 3))
    assert torch.allclose(still, images * factor.view(-1, 1, 1, 1), atol=1e-5)
    assert factor.unique().numel() > 10


def correlations(kind):
    """Of the mean of each channel with what it was, over tiles."""
    images = multiplex(1000)
    found = Augment()(images.clone(), kind)
    pairs = zip(images.mean((2, 3)).T, found.mean((2, 3)).T, strict=True)
    return [float(torch.corrcoef(torch.stack(pair))[0, 1]) for pair in pairs]


def test_fluorescence_keeps_how_much_of_a_marker_there_is_and_light_does_not():
    assert min(correlations("fluorescence")) > 0.95
    assert max(correlations("light")) < 0.7


@pytest.mark.parametrize("kind", KINDS)
def test_released_is_the_published_augmentation_of_every_kind(kind):
    images = multiplex(8)
    torch.manual_seed(0)
    (expected,) = published(images.clone())
    assert torch.equal(drawn(Augment("released"), images, kind), expected)


def test_views_are_in_full_precision_under_autocast():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        views = [Augment(preset)(torch.rand(2, 3, 8, 8), "light") for preset in POLICIES]
    assert {view.dtype for view in views} == {torch.float32}


@pytest.mark.parametrize("preset", POLICIES)
def test_a_target_is_moved_as_its_image_is(preset):
    ramp = torch.linspace(0.3, 0.7, 16).expand(32, 1, 16, 16)  # where a pixel came from
    view, moved = Augment(preset).together(ramp.repeat(1, 3, 1, 1), "electron", ramp)
    assert not torch.equal(moved, ramp)
    for values, places in zip(view[:, 0], moved[:, 0], strict=True):  # colours are affine there but for what is black
        seen = torch.stack([values, places])[:, places > 0]
        assert abs(float(torch.corrcoef(seen)[0, 1])) > 0.999


@pytest.mark.parametrize("preset", POLICIES)
def test_targets_keep_their_values_and_change_no_view(preset):
    images, masks = torch.rand(16, 3, 8, 8), (torch.rand(16, 1, 8, 8) < 0.5).float()
    torch.manual_seed(0)
    view, moved, doubled = Augment(preset).together(images.clone(), "light", masks, 2 * masks)
    assert torch.equal(view, drawn(Augment(preset), images, "light"))
    assert torch.allclose(doubled, 2 * moved)
    assert 0 <= float(moved.min()) <= float(moved.max()) <= 1
    still = drawn(Augment(geometry=0.0), images, "light"), masks
    torch.manual_seed(0)
    assert all(map(torch.equal, Augment(geometry=0.0).together(images.clone(), "light", masks), still))
