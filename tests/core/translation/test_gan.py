import math

import pytest
import torch

from pipeline.core.translation.gan import (
    ImagePool,
    bce_discriminator,
    bce_generator,
    lsgan_bounded,
    lsgan_discriminator,
    lsgan_generator,
)

ONE, HALF, ZERO = torch.ones(2, 1, 3, 3), torch.full((2, 1, 3, 3), 0.5), torch.zeros(2, 1, 3, 3)


def test_lsgan_of_a_perfect_discriminator_is_0():
    assert lsgan_discriminator(ONE, ZERO) == 0


def test_lsgan_of_a_discriminator_that_says_one_half_is_a_quarter():
    assert lsgan_discriminator(HALF, HALF) == 0.25


def test_lsgan_generator_that_fools_loses_nothing_and_one_that_does_not_loses_1():
    assert (lsgan_generator(ONE), lsgan_generator(ZERO)) == (0, 1)


def test_a_bounded_discriminator_that_says_one_half_is_a_quarter_and_one_that_takes_targets_for_its_own_a_third():
    assert lsgan_bounded(ONE, ZERO, ZERO) == 0
    assert lsgan_bounded(HALF, HALF, HALF) == 0.25
    assert lsgan_bounded(ONE, ZERO, ONE).item() == pytest.approx(1 / 3)


def test_bce_at_logits_of_0_is_log_2():
    assert bce_discriminator(ZERO, ZERO).item() == pytest.approx(math.log(2))
    assert bce_generator(ZERO).item() == pytest.approx(math.log(2))


def test_bce_of_a_sure_and_right_discriminator_vanishes():
    assert bce_discriminator(100 * ONE, -100 * ONE) < 1e-40


def images(*values: float) -> torch.Tensor:
    return torch.tensor(values).reshape(-1, 1, 1, 1)


@pytest.mark.parametrize("autocast", [False, True])
def test_losses_of_answers_in_half_precision_are_in_full_precision(autocast):
    rng = torch.Generator().manual_seed(0)
    real, fake = (torch.randn(4, 1, 30, 30, generator=rng).bfloat16() for _ in range(2))
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
        found = [lsgan_generator(fake), lsgan_discriminator(real, fake)]
        found += [bce_generator(fake), bce_discriminator(real, fake)]
    a, b = real.double(), fake.double()
    softplus = torch.nn.functional.softplus
    expected = [
        (b - 1).square().mean(),
        ((a - 1).square().mean() + b.square().mean()) / 2,
        softplus(-b).mean(),
        (softplus(-a).mean() + softplus(b).mean()) / 2,
    ]
    assert {loss.dtype for loss in found} == {torch.float32}
    assert [loss.item() for loss in found] == pytest.approx([loss.item() for loss in expected], rel=1e-6)


def test_the_pool_returns_its_input_for_the_first_50_calls():
    pool = ImagePool(50, (1, 1, 1))
    assert [pool(images(n)).item() for n in range(50)] == list(range(50))


def test_a_full_pool_returns_a_stored_image_half_of_the_time():
    torch.manual_seed(0)
    pool = ImagePool(50, (1, 1, 1))
    pool(images(*range(50)))
    older = sum(pool(images(n)).item() != n for n in range(50, 1050))
    assert 440 < older < 560  # 500 expected, deviation 16


def test_a_stored_image_that_is_handed_out_is_replaced():
    torch.manual_seed(0)
    pool = ImagePool(3, (1, 1, 1))
    pool(images(0, 1, 2))
    given = [pool(images(n)).item() for n in range(3, 40)]
    held = pool.images.flatten().tolist()
    assert sorted([*given, *held]) == list(range(40))


def test_a_pool_without_room_passes_everything_through():
    fakes = images(1, 2)
    assert ImagePool(0, (1, 1, 1))(fakes) is fakes


def test_the_pool_goes_on_from_its_state():
    one, other = ImagePool(4, (1, 1, 1)), ImagePool(4, (1, 1, 1))
    one(images(0, 1, 2, 3, 4))
    other.load_state_dict(one.state_dict())
    answers = []
    for pool in (one, other):
        torch.manual_seed(1)
        answers.append(pool(images(*range(10, 20))).flatten().tolist())
    assert answers[0] == answers[1]
