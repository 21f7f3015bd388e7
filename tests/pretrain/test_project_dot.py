import pytest
import torch

from pipeline.core.networks.projection import Projection
from pipeline.pretrain.project_dot import ProjectAndDot


def test_a_projection_is_a_perceptron_with_a_linear_shortcut_normalised():
    torch.manual_seed(0)
    projection, vectors = Projection(3, 8), torch.randn(5, 3)
    first, _, second = projection.perceptron
    raw = second(first(vectors).clamp(min=0)) + projection.shortcut(vectors)
    expected = (raw - raw.mean(1, keepdim=True)) / (raw.var(1, correction=0, keepdim=True) + 1e-5).sqrt()
    assert torch.allclose(projection(vectors), expected, atol=1e-6)


def test_the_hidden_layer_may_have_a_width_of_its_own():
    projection = Projection(3, 4, hidden=16)
    assert projection.perceptron[0].out_features == 16
    assert projection(torch.zeros(2, 3)).shape == (2, 4)


def test_the_hidden_layer_may_be_standardised_over_the_batch():
    torch.manual_seed(0)
    projection, vectors = Projection(3, 8, batch_norm=True), 100 + torch.randn(64, 3)
    hidden = projection.perceptron[1](projection.perceptron[0](vectors))
    assert torch.allclose(hidden.mean(0), torch.zeros(8), atol=5e-3)
    assert torch.allclose(hidden.var(0, correction=0), torch.ones(8), atol=1e-3)


def test_the_score_of_a_pair_is_the_dot_product_of_its_projections():
    torch.manual_seed(0)
    critic, a, b = ProjectAndDot(3, 5, 8), torch.randn(4, 3), torch.randn(4, 5)
    table = critic.first(a) @ critic.second(b).T
    assert torch.allclose(critic(a, b), table.diagonal(), atol=1e-5)
    assert torch.allclose(critic(a, b.roll(1, 0)), table[range(4), [3, 0, 1, 2]], atol=1e-5)


def test_scores_are_in_full_precision_under_autocast():
    critic = ProjectAndDot(3, 5, 512)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert critic(torch.ones(2, 3), torch.ones(2, 5)).dtype == torch.float32


def test_a_vector_scored_with_itself_by_one_projection_scores_its_width():
    torch.manual_seed(0)
    critic, a = ProjectAndDot(3, 3, 16), torch.randn(4, 3)
    critic.second.load_state_dict(critic.first.state_dict())
    assert critic(a, a).tolist() == pytest.approx([16.0] * 4, rel=1e-3)  # LayerNorm: mean 0, variance 1
