import pytest
import torch
from torch import nn

from pipeline.core.networks.encoder import Outputs

from .test_distillation import build


@pytest.mark.parametrize(("name", "expected"), [("mse", 9.0), ("cosine", 0.0)])
def test_the_distance_of_the_mapped_features(name, expected):
    learner = build(name)
    learner.regression = nn.Identity()
    student = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    found = learner.distilled(Outputs(student, ()), Outputs(student + 3 if name == "mse" else 5 * student, ()), {})
    assert float(found[name]) == pytest.approx(expected, abs=1e-6)


def test_the_map_is_linear_from_student_to_teacher():
    regression = build("mse").regression
    assert (regression.in_features, regression.out_features) == (32, 64)
