import math
from types import SimpleNamespace

import pytest
import torch
from torch.nn import functional

from pipeline.pretrain.clip import CLIP
from pipeline.pretrain.clip_lite import CLIPLite, clip_lite, negatives

CLASSES = 4
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


def learned(kind, rows):
    """Scores (class, sentence) of four classes and of two sentences for each, after training both by ``kind``."""
    torch.manual_seed(0)
    learner = SimpleNamespace(language=SimpleNamespace(scale=torch.tensor(20.0)))
    images, texts = (torch.randn(count, 8, requires_grad=True) for count in (CLASSES, 2 * CLASSES))
    optimizer = torch.optim.Adam([images, texts], lr=0.05)
    for _ in range(250):
        label = torch.randint(0, CLASSES, (rows,))
        said = 2 * label + torch.randint(0, 2, (rows,))
        z, t = (functional.normalize(vectors, dim=1) for vectors in (images, texts))
        optimizer.zero_grad()
        kind.compare(learner, z[label], t[said], said)["total"].backward()
        optimizer.step()
    return (20 * z @ t.T).detach()


OWN = torch.arange(CLASSES).repeat_interleave(2) == torch.arange(CLASSES)[:, None]


def test_scores_become_the_logarithm_of_how_much_likelier_a_pair_is():
    """Four classes, each said in either of two ways: of seven other sentences one says the same of the class.

    Given an image, its two sentences are positives by 1/2 each, and negatives, drawn of those of other words, by
    1/2 · 1/7 each: the best score is ln 7 (log p / q of the Jensen-Shannon bound). Without the mask it is ln 4.
    """
    scores = learned(CLIPLite, 512)
    assert float(scores[OWN].mean()) == pytest.approx(math.log(7), abs=0.1)
    assert float(scores[~OWN].max()) < -3


def test_infonce_tells_the_same_pairs_apart_and_its_scores_mean_nothing_alone():
    scores = learned(CLIP, 64)
    assert float(scores[OWN].min()) > float(scores[~OWN].max())
    assert abs(float(scores[OWN].mean()) - math.log(7)) > 5
