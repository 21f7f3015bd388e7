import math

import pytest
import torch

from pipeline.core.train.share import Share
from pipeline.pretrain.augment import Augment
from pipeline.pretrain.policy import CORRECTED
from pipeline.pretrain.stain_jitter import SHIFT, STAINS, jitter_stains, random_amounts, restain

CPU = torch.device("cpu")
STRONG = CORRECTED.scaled(0.0, 0.0, 0.3)
ALONE = Augment(colour=0.0, geometry=0.0, stain=0.3)


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def pictures(count=4):
    return torch.rand(count, 3, 5, 6) * 0.9 + 0.1


def test_no_strength_is_the_very_image_and_draws_nothing():
    images, before = pictures(), torch.get_rng_state()
    assert jitter_stains(images, CORRECTED.scaled(1.0, 1.0)) is images
    assert torch.equal(torch.get_rng_state(), before)


def test_without_a_strength_of_stain_views_are_what_they_were():
    assert CORRECTED.scaled(1.0, 1.0).stain == 0
    images = pictures()
    torch.manual_seed(1)
    usual = Augment()(images.clone(), "light")
    torch.manual_seed(1)
    assert torch.equal(Augment(stain=0.0)(images.clone(), "light"), usual)


def test_amounts_of_a_known_mixture_are_multiplied_and_shifted():
    amounts = torch.tensor([0.8, 0.5, 0.1])
    factor, shift = torch.tensor([[1.2, 0.9, 1.0]]), torch.tensor([[0.01, -0.02, 0.03]])
    image, expected = (torch.exp(-(own @ STAINS)).view(1, 3, 1, 1) for own in (amounts, amounts * factor[0] + shift[0]))
    assert restain(image, factor, shift).flatten().tolist() == pytest.approx(expected.flatten().tolist(), abs=1e-6)


def test_white_stays_white_where_amounts_are_only_multiplied():
    factor, _ = random_amounts(8, CPU, STRONG)
    assert torch.equal(restain(torch.ones(8, 3, 2, 2), factor, torch.zeros(8, 3)), torch.ones(8, 3, 2, 2))


def test_the_rest_is_perpendicular_to_both_stains():
    assert torch.allclose(STAINS @ STAINS[2], torch.tensor([0.0, 0.0, 1.0]), atol=1e-6)
    assert float(STAINS[0] @ STAINS[1]) == pytest.approx(0.77379 / (0.99995 * 0.99815), abs=1e-4)


def test_a_pixel_does_not_know_where_it_is():
    images, order = pictures(), torch.randperm(30)
    torch.manual_seed(1)
    made = jitter_stains(images, STRONG).flatten(2)[..., order]
    torch.manual_seed(1)
    assert torch.equal(jitter_stains(images.flatten(2)[..., order].view_as(images), STRONG).flatten(2), made)


def test_factors_and_shifts_go_as_far_as_the_strength_says():
    factor, shift = random_amounts(3000, CPU, STRONG)
    assert (float(factor.min()), float(factor.max())) == pytest.approx((0.7, 1.3), abs=0.002)
    assert (float(shift.min()), float(shift.max())) == pytest.approx((-0.3 * SHIFT, 0.3 * SHIFT), abs=1e-4)
    assert float(factor.std()) == pytest.approx(0.6 / math.sqrt(12), abs=0.005)


def test_shares_of_a_batch_see_what_the_whole_batch_would():
    images = pictures(4)
    whole = ALONE(images, "light")
    for first in range(2):
        generator = torch.Generator().manual_seed(0)
        torch.manual_seed(0)
        pictures(4)
        generator.set_state(torch.get_rng_state())
        with Share(first, 2, generator).seen():
            assert torch.equal(ALONE(images[first::2], "light"), whole[first::2])


@pytest.mark.parametrize("kind", ["mask", "fluorescence", "electron"])
def test_what_is_no_picture_of_light_has_no_stain(kind):
    images = pictures()
    assert torch.equal(ALONE(images, kind), images)
