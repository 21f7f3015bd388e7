import math

import pytest
import torch

from pipeline.pretrain.kd import softened_distance

from .test_distillation import BATCH, CLASSES, batch, build  # noqa: F401


def test_equal_scores_are_at_no_distance():
    scores = torch.tensor([[1.0, 2.0], [0.0, -3.0]])
    assert float(softened_distance(scores, scores + 5, 4.0)) == pytest.approx(0, abs=1e-6)


def test_a_closed_form():
    student, teacher = torch.zeros(1, 2), torch.tensor([[4 * math.log(3), 0.0]])  # softened: 1/2, 1/2 and 3/4, 1/4
    expected = 16 * (0.75 * math.log(1.5) + 0.25 * math.log(0.5))
    assert float(softened_distance(student, teacher, 4.0)) == pytest.approx(expected, rel=1e-5)
    assert expected == pytest.approx(2.092993, abs=1e-6)


def test_hot_scores_are_compared_as_logits():
    torch.manual_seed(0)
    student, teacher = (scores - scores.mean(1, keepdim=True) for scores in torch.randn(2, 5, 3, dtype=torch.float64))
    expected = (student - teacher).square().sum(1).mean() / (2 * 3)  # Hinton et al., equation 4
    assert float(softened_distance(student, teacher, 1e3)) == pytest.approx(float(expected), rel=1e-2)


def test_the_teacher_s_layer_learns_labels_alone(batch):  # noqa: F811
    learner = build("kd")
    losses = learner.losses(batch)
    losses["distance"].backward(retain_graph=True)
    assert all(p.grad is None for p in learner.teacher_head.parameters())
    losses["teacher_cross_entropy"].backward()
    assert all(p.grad is not None for p in learner.teacher_head.parameters())


def test_the_total_is_weighed_by_alpha(batch):  # noqa: F811
    losses = build("kd", alpha=0.25).losses(batch)
    expected = 0.25 * losses["cross_entropy"] + 0.75 * losses["distance"] + losses["teacher_cross_entropy"]
    assert losses["total"].item() == pytest.approx(expected.item(), rel=1e-5)
