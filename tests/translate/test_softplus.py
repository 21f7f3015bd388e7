import math

import pytest
import torch

from pipeline.translate.softplus import discriminator_loss, generator_loss, gradient_penalty

ZERO = torch.zeros(4)


def test_logits_of_0_lose_twice_log_2() -> None:
    assert discriminator_loss(ZERO, ZERO).item() == pytest.approx(1.3863, abs=5e-5)
    assert generator_loss(ZERO).item() == pytest.approx(math.log(2))


def test_a_sure_and_right_discriminator_loses_nothing_and_its_generator_keeps_a_gradient() -> None:
    assert discriminator_loss(ZERO + 100, ZERO - 100) < 1e-40
    logits = (ZERO - 100).requires_grad_()
    generator_loss(logits).backward()
    assert torch.allclose(logits.grad, torch.tensor(-0.25))


def test_losses_of_half_precision_are_in_full() -> None:
    assert discriminator_loss(ZERO.bfloat16(), ZERO.bfloat16()).dtype == torch.float32


@pytest.mark.parametrize("gamma", [1.0, 10.0])
def test_r1_of_a_linear_discriminator_is_half_gamma_times_its_squared_weights(gamma: float) -> None:
    weights = torch.randn(3 * 8 * 8, generator=torch.Generator().manual_seed(0), requires_grad=True)
    images = torch.randn(5, 3, 8, 8, requires_grad=True)
    penalty = gradient_penalty(images.flatten(1) @ weights, images, gamma)
    assert penalty.item() == pytest.approx(gamma / 2 * weights.square().sum().item(), rel=1e-5)
    penalty.backward()
    torch.testing.assert_close(weights.grad, gamma * weights)
