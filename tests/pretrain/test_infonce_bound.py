import math

import pytest
import torch

from pipeline.pretrain.infonce import directed
from pipeline.pretrain.infonce_bound import infonce_bound


@pytest.mark.parametrize("score", [0.0, 3.0, -50.0])
def test_equal_scores_with_4096_negatives_give_ln_4097(score):
    assert float(infonce_bound(torch.full((3,), score), torch.full((3, 4096), score))) == pytest.approx(
        -8.31801, abs=1e-5
    )


def test_a_closed_form():
    bound = infonce_bound(torch.tensor([1.0, 0.0]), torch.tensor([[0.0], [2.0]]))
    expected = -(math.log(1 + math.exp(-1)) + math.log(1 + math.exp(2))) / 2
    assert float(bound) == pytest.approx(expected, abs=1e-6)


def test_it_is_the_cross_entropy_of_a_table():
    torch.manual_seed(0)
    a, b = (torch.nn.functional.normalize(torch.randn(6, 4), dim=1) for _ in range(2))
    scores = a @ b.T / 0.5
    others = torch.stack([torch.cat([row[:i], row[i + 1 :]]) for i, row in enumerate(scores)])
    assert float(infonce_bound(scores.diagonal(), others)) == pytest.approx(-float(directed(a, b, 0.5)), abs=1e-6)


def test_what_is_no_negative_counts_for_nothing():
    positive, negative = torch.zeros(2), torch.zeros(2, 3)
    negative[:, 1] = -torch.inf
    assert float(infonce_bound(positive, negative)) == pytest.approx(-math.log(3), abs=1e-6)


def test_scores_of_a_cold_temperature_stay_finite():
    assert float(infonce_bound(torch.tensor([-1e3]), torch.full((1, 8), 1e3))) == pytest.approx(-2e3 - math.log(8))
