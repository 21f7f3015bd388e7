import math

import pytest
import torch
from torch.nn import functional

from pipeline.pretrain.clip import clip

ALL_APART = torch.eye(4, dtype=torch.bool)


def test_equal_scores_cost_the_logarithm_of_the_batch():
    assert float(clip(torch.zeros(4, 4), ALL_APART)) == pytest.approx(math.log(4), abs=1e-6)


def test_both_directions_count():
    torch.manual_seed(0)
    scores = torch.randn(4, 4)
    right = torch.arange(4)
    each = functional.cross_entropy(scores, right) + functional.cross_entropy(scores.T, right)
    assert float(clip(scores, ALL_APART)) == pytest.approx(float(each) / 2, abs=1e-6)


def test_equal_captions_are_left_out_of_one_anothers_choice():
    same = torch.tensor([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]], dtype=torch.bool)
    scores = torch.zeros(4, 4, requires_grad=True)
    found = clip(scores, same)
    assert float(found) == pytest.approx((2 * math.log(3) + 2 * math.log(4)) / 4, abs=1e-6)
    found.backward()
    assert scores.grad[0, 1] == scores.grad[1, 0] == 0
    assert scores.grad[0, 2] > 0 > scores.grad[0, 0]


def test_a_batch_of_one_caption_has_nothing_to_choose():
    assert float(clip(torch.randn(4, 4), torch.ones(4, 4, dtype=torch.bool))) == 0
