import torch
from torch.nn import functional

from pipeline.pretrain.map_critic import MapCritic


def perceptron(critic, vectors):
    """Scores (n,) of concatenated vectors (n, c + d) by the critic's weights as those of a multilayer perceptron."""
    weight = torch.cat([critic.student.weight, critic.teacher.weight], 1)[:, :, 0, 0]
    hidden = functional.linear(vectors, weight, critic.student.bias).relu()
    _, second, _, third = critic.rest
    hidden = functional.linear(hidden, second.weight[:, :, 0, 0], second.bias).relu()
    return functional.linear(hidden, third.weight[:, :, 0, 0], third.bias)[:, 0]


def test_it_equals_the_perceptron_of_every_position():
    torch.manual_seed(0)
    critic, student, teacher = MapCritic(3, 5, 16), torch.randn(2, 3, 4, 6), torch.randn(2, 5, 4, 6)
    vectors = torch.cat([student, teacher], 1).permute(0, 2, 3, 1).reshape(-1, 8)
    assert torch.allclose(critic(student, teacher), perceptron(critic, vectors).view(2, 4, 6), atol=1e-6)


def test_a_vector_is_tiled_over_the_map():
    torch.manual_seed(0)
    critic, student, teacher = MapCritic(3, 5, 16), torch.randn(2, 3, 4, 6), torch.randn(2, 5)
    tiled = teacher[:, :, None, None].expand(2, 5, 4, 6)
    assert torch.allclose(critic(student, teacher[:, :, None, None]), critic(student, tiled), atol=1e-6)


def test_gradients_reach_both_maps_and_every_weight():
    critic = MapCritic(3, 5, 16)
    student, teacher = torch.randn(2, 3, 4, 4, requires_grad=True), torch.randn(2, 5, 4, 4, requires_grad=True)
    critic(student, teacher).sum().backward()
    assert all(t.grad.abs().max() > 0 for t in (student, teacher, *critic.parameters()))
