import math

import pytest
import torch
from torch import nn

from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.pretrain.byol import BYOL, distance, rising
from pipeline.pretrain.objective import Settings

from .conftest import SETTINGS


def build(**options):
    torch.manual_seed(0)
    encoder = ResNetEncoder(depth=18, width=4, mean=(0.5,) * 3, std=(0.25,) * 3)
    return BYOL(encoder, Settings(**SETTINGS), **{"steps": 10, **options})


@pytest.fixture
def batch():
    rng = torch.Generator().manual_seed(1)
    return {"image": torch.randint(0, 256, (6, 16, 16, 3), generator=rng, dtype=torch.uint8)}


def state(module):
    return {name: value.clone() for name, value in module.state_dict().items()}


@pytest.mark.parametrize(("angle", "expected"), [(0.0, 0.0), (math.pi / 3, 1.0), (math.pi / 2, 2.0), (math.pi, 4.0)])
def test_distance_is_two_less_twice_the_cosine(angle, expected):
    predicted = torch.tensor([[2.0, 0], [0, 2]])
    turn = torch.tensor([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    assert float(distance(predicted, 3 * predicted @ turn)) == pytest.approx(expected, abs=1e-6)


def test_distance_is_that_of_unit_vectors_in_single_precision():
    torch.manual_seed(0)
    a, b = torch.randn(2, 8, 5)
    unit_a, unit_b = (nn.functional.normalize(z, dim=1) for z in (a, b))
    assert float(distance(a, b)) == pytest.approx(float((unit_a - unit_b).square().sum(1).mean()), rel=1e-5)
    assert distance(a.bfloat16(), b.bfloat16()).dtype == torch.float32


@pytest.mark.parametrize(("progress", "expected"), [(0.0, 0.996), (0.5, 0.998), (1.0, 1.0)])
def test_momentum_rises_to_one_with_a_cosine(progress, expected):
    assert rising(0.996, progress) == pytest.approx(expected, abs=1e-9)


def test_the_loss_is_the_sum_over_both_views(batch):
    learner, seen = build(), []
    learner.predictor.register_forward_hook(lambda module, given, out: seen.append(out.detach()))
    learner.target.network.register_forward_hook(lambda module, given, out: seen.append(out.detach()))
    total = learner(batch, "model")["total"].item()
    first, second, sought_first, sought_second = seen
    assert total == pytest.approx(float(distance(first, sought_second)) + float(distance(second, sought_first)))


def test_encoder_projector_and_predictor_learn_and_the_target_does_not(batch):
    learner = build()
    learner(batch, "model")["total"].backward()
    for part in (learner.encoder, learner.projector, learner.predictor):
        assert max(float(p.grad.abs().max()) for p in part.parameters()) > 0
    assert all(p.grad is None for p in learner.target.parameters())
    optimised = {id(p) for group in learner.optimizers()["model"].param_groups for p in group["params"]}
    targets = {id(p) for p in learner.target.parameters()}
    assert not optimised & targets
    assert len(optimised) + len(targets) == len(list(learner.parameters()))


def test_the_target_starts_as_the_online_networks_and_follows_them(batch):
    learner = build(steps=4, momentum=0.5)
    online = nn.Sequential(learner.encoder, learner.projector)
    assert all(map(torch.equal, learner.target.network.parameters(), online.parameters()))
    before = [p.clone() for p in learner.target.parameters()]
    with torch.no_grad():
        for parameter in online.parameters():
            parameter.add_(1.0)
    learner.after_step(2)  # half of the training: momentum .75
    moved = [float((p - b).mean()) for p, b in zip(learner.target.parameters(), before, strict=True)]
    assert moved == pytest.approx([0.25] * len(moved), abs=1e-5)
    before = state(learner.target)
    learner.after_step(4)  # the end: momentum 1
    assert all(torch.equal(value, before[name]) for name, value in learner.target.named_parameters(prefix=""))


def test_the_target_normalises_by_its_batch(batch):
    learner, seen = build(), []
    learner.train()
    norm = next(m for m in learner.target.network.modules() if isinstance(m, nn.BatchNorm1d))
    norm.register_forward_hook(lambda module, given, out: seen.append(out.clone()))  # what follows acts in place
    learner(batch, "model")
    assert float(seen[0].mean(0).abs().max()) < 1e-5


def test_a_view_is_predicted_from_the_other(batch):
    learner = build()
    learner.augment, drawn = (lambda images, kind: drawn.append(torch.rand(1)) or images), []
    learner(batch, "model")
    assert len({float(d) for d in drawn}) == 2


def test_the_encoder_alone_is_kept():
    assert list(build().exports()) == ["encoder"]


def test_the_loss_is_in_full_precision_under_autocast(batch):
    learner, seen = build(), []
    learner.predictor.register_forward_hook(lambda module, given, out: seen.append(out.detach()))
    learner.target.network.register_forward_hook(lambda module, given, out: seen.append(out.detach()))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        total = learner(batch, "model")["total"]
    assert {z.dtype for z in seen} == {torch.bfloat16}
    assert total.dtype == torch.float32
    first, second, sought_first, sought_second = (z.double() for z in seen)
    exact = distance(first, sought_second) + distance(second, sought_first)
    assert total.item() == pytest.approx(exact.item(), rel=1e-5)
