import math

import pytest
import torch
from monai.losses import DiceCELoss

from pipeline.core.diffusion.conditions import one_hot
from pipeline.core.segmentation.losses import dice_and_entropy, soft_dice

GENERATOR = torch.Generator().manual_seed(0)


def test_dice_is_over_the_pixels_of_the_whole_batch():
    shares, truth = torch.tensor([[[[0.5, 0.5]]], [[[1.0, 0.0]]]]), torch.tensor([[[[1.0, 0.0]]], [[[1.0, 1.0]]]])
    assert soft_dice(shares, truth, smooth=0.0).tolist() == pytest.approx([2 * 1.5 / (2 + 3)])


def test_what_is_perfect_loses_nothing():
    mask = torch.tensor([[[0, 1], [2, 1]]])
    found = dice_and_entropy(200 * one_hot(mask, 2), mask)
    assert [found["dice"].item(), found["entropy"].item()] == pytest.approx([0, 0], abs=1e-6)


def test_logits_of_0_lose_log_k():
    mask = torch.tensor([[[0, 0], [1, 1]]])
    found = dice_and_entropy(torch.zeros(1, 2, 2, 2), mask)
    assert found["entropy"].item() == pytest.approx(math.log(2))
    assert found["dice"].item() == pytest.approx(1 - 2 * 1 / (2 + 2), abs=1e-5)


def test_a_class_that_no_pixel_has_loses_1_and_moves_next_to_nothing():
    logits = torch.zeros(1, 3, 4, 4, requires_grad=True)
    found = dice_and_entropy(logits, torch.ones(1, 4, 4, dtype=torch.long))["dice"]
    found.backward()
    dice = 2 * 16 / 3 / (16 / 3 + 16)
    assert found.item() == pytest.approx(1 - dice / 2, abs=1e-4)
    assert logits.grad.isfinite().all()
    assert logits.grad[:, 2].abs().max() < logits.grad[:, 1].abs().max()


def test_an_empty_mask_has_a_finite_gradient():
    logits = torch.randn(2, 3, 4, 4, generator=GENERATOR).requires_grad_()
    found = dice_and_entropy(logits, torch.zeros(2, 4, 4, dtype=torch.long))
    (found["dice"] + found["entropy"]).backward()
    assert logits.grad.isfinite().all()


def test_the_sum_is_that_of_monai():
    logits = torch.randn(3, 4, 8, 8, generator=GENERATOR)
    mask = torch.randint(0, 4, (3, 8, 8), generator=GENERATOR)
    theirs = DiceCELoss(
        include_background=False, to_onehot_y=True, softmax=True, batch=True, smooth_nr=1e-5, smooth_dr=1e-5
    )
    assert sum(dice_and_entropy(logits, mask).values()).item() == pytest.approx(theirs(logits, mask[:, None]).item())
