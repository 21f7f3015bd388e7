import math

import pytest
import torch

from pipeline.pretrain.jsd import jsd_bound, rolled

BITS = torch.tensor([[0, 0], [1, 1]])  # equally likely; of the product of their marginals every pair is


def test_scores_of_nothing_give_two_ln_two():
    assert float(jsd_bound(torch.zeros(5, 2, 2), torch.zeros(3))) == pytest.approx(-1.386294, abs=1e-6)


def test_the_best_critic_of_two_equal_fair_bits():
    joint, marginals = torch.tensor([[0.5, 0.0], [0.0, 0.5]]), torch.full((2, 2), 0.25)
    best = (joint / marginals).log().clamp(min=-100)
    bound = jsd_bound(best[BITS[:, 0], BITS[:, 1]], best.flatten())
    assert float(bound) == pytest.approx(-0.954771, abs=1e-6)
    assert float(bound) + 2 * math.log(2) == pytest.approx(0.431523, abs=1e-6)
    centre = (joint + marginals) / 2
    divergence = (torch.xlogy(joint, joint / centre) + torch.xlogy(marginals, marginals / centre)).sum() / 2
    assert float(bound) + 2 * math.log(2) == pytest.approx(2 * float(divergence), abs=1e-6)


@pytest.mark.parametrize("error", [-0.5, 0.5])
def test_no_other_critic_passes_the_best(error):
    best = jsd_bound(torch.tensor(math.log(2)), torch.tensor([math.log(2), -100.0]))
    assert float(jsd_bound(torch.tensor(math.log(2) + error), torch.tensor([math.log(2) + error, -100.0]))) < float(
        best
    )


def test_the_bound_rises_with_positives_and_falls_with_negatives():
    positive, negative = torch.zeros(4, requires_grad=True), torch.zeros(4, requires_grad=True)
    jsd_bound(positive, negative).backward()
    assert positive.grad.tolist() == [0.125] * 4  # sigmoid(0) / 4
    assert negative.grad.tolist() == [-0.125] * 4


def test_scores_far_out_stay_finite():
    assert float(jsd_bound(torch.tensor(-1e4), torch.tensor(1e4))) == pytest.approx(-2e4)
    assert float(jsd_bound(torch.tensor(1e4), torch.tensor(-1e4))) == 0


def test_no_row_is_its_own_negative():
    assert rolled(torch.arange(4)).tolist() == [3, 0, 1, 2]
