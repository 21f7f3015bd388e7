import math

import pytest
import torch
from torch.nn import functional

from pipeline.pretrain.clip_lite import clip_lite, negatives

KEPT = torch.ones(4, dtype=torch.bool)


def test_scores_of_zero_cost_two_logarithms_of_two():
    assert float(clip_lite(torch.zeros(4), torch.zeros(4), KEPT)) == pytest.approx(1.386294, abs=1e-6)


def test_the_best_cosines_at_the_first_temperature():
    scale = 1 / 0.07
    found = clip_lite(torch.full((4,), scale).double(), torch.full((4,), -scale).double(), KEPT)
    assert float(found) == pytest.approx(1.25e-6, abs=5e-9)
    assert float(found) == pytest.approx(2 * math.log1p(math.exp(-14.2857)), rel=1e-4)


def test_the_loss_falls_with_what_belongs_together_and_rises_with_what_does_not():
    positive, negative = (torch.linspace(-9, 9, 4).requires_grad_() for _ in range(2))
    clip_lite(positive, negative, KEPT).backward()
    assert (positive.grad < 0).all()
    assert (negative.grad > 0).all()


def test_an_equal_caption_is_no_negative():
    negative = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    apart = torch.tensor([True, False, True, False])
    found = clip_lite(torch.zeros(4), negative, apart)
    expected = math.log(2) + (math.log1p(math.e) + math.log1p(math.exp(3))) / 2
    assert float(found) == pytest.approx(expected, abs=1e-6)
    found.backward()
    assert negative.grad[~apart].tolist() == [0, 0]


def test_a_batch_of_one_caption_teaches_what_belongs_together_alone():
    found = clip_lite(torch.zeros(4), torch.full((4,), 9.0), ~KEPT)
    assert float(found) == pytest.approx(math.log(2), abs=1e-6)


@pytest.mark.parametrize("count", [2, 3, 64])
def test_no_caption_is_its_own_images_negative(count):
    drawn = negatives(torch.arange(count))
    assert sorted(drawn.tolist()) == list(range(count))
    assert not (drawn == torch.arange(count)).any()


def test_scores_become_the_logarithm_of_how_much_likelier_a_pair_is():
    """Four classes, each said in either of two ways: of seven other sentences one says the same of the class.

    Given an image, its two sentences are positives by 1/2 each, and negatives, drawn of those of other words, by
    1/2 · 1/7 each: the best score is ln 7 (METHODS' Jensen-Shannon bound). Without the mask it is ln 4, and InfoNCE,
    which a constant on all scores does not change, has none.
    """
    torch.manual_seed(0)
    classes, count = 4, 512
    images = torch.randn(classes, 8, requires_grad=True)
    texts = torch.randn(2 * classes, 8, requires_grad=True)
    optimizer = torch.optim.Adam([images, texts], lr=0.05)
    for _ in range(250):
        label = torch.randint(0, classes, (count,))
        said = 2 * label + torch.randint(0, 2, (count,))
        z, t = 20 * functional.normalize(images, dim=1), functional.normalize(texts, dim=1)
        positive, negative = (z[label] * t[said]).sum(1), (z[label] * t[negatives(said)]).sum(1)
        loss = clip_lite(positive, negative, negatives(said) != said)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    scores = (z @ t.T).detach()
    own = torch.arange(classes).repeat_interleave(2) == torch.arange(classes)[:, None]
    assert float(scores[own].mean()) == pytest.approx(math.log(7), abs=0.1)
    assert float(scores[~own].max()) < -3
