import pytest
import torch
from torch import nn

from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.pretrain.augment import Augment
from pipeline.pretrain.objective import Settings
from pipeline.pretrain.supervised import Supervised
from pipeline.pretrain.untrained import Untrained

from .conftest import SETTINGS

GIVEN = {**SETTINGS, "lr": 0.5}


def make(kind=Untrained, options=None, **changes):
    torch.manual_seed(0)
    encoder = ResNetEncoder(depth=18, width=4, mean=(0.5,) * 3, std=(0.25,) * 3)
    return kind(encoder, Settings(**{**GIVEN, **changes}), **(options or {}))


@pytest.fixture
def batch():
    torch.manual_seed(1)
    return {"image": torch.randint(0, 256, (4, 16, 16, 3), dtype=torch.uint8), "label": torch.tensor([0, 1, 2, 0])}


def test_settings_pick_their_own_keys():
    assert Settings.of({**GIVEN, "epochs": 3, "batch": 8}).lr == 0.5


def test_warmup_from_zero_then_cosine_to_zero():
    rate = make().rate
    assert [rate(x) for x in (0.0, 0.05, 0.1)] == pytest.approx([0, 0.5, 1])
    assert rate(0.55) == pytest.approx(0.5)
    assert rate(1 - 1e-9) == pytest.approx(0, abs=1e-9)


def test_without_warmup_the_rate_starts_at_one():
    assert make(warmup=0.0).rate(0.0) == 1


def test_adam_has_no_weight_decay():
    (group,) = make().optimizers()["model"].param_groups
    assert (group["lr"], group["weight_decay"]) == (0.5, 0)


def gradient_norms(per):
    parameters = [nn.Parameter(torch.zeros(2)) for _ in range(2)]
    parameters[0].grad, parameters[1].grad = torch.tensor([3.0, 4.0]), torch.tensor([0.0, 12.0])
    make(clip_per=per).clip(parameters)
    return [float(p.grad.norm()) for p in parameters]


def test_clipping_by_all_parameters_or_by_each():
    assert gradient_norms("global") == pytest.approx([5 / 13, 12 / 13], rel=1e-4)
    assert gradient_norms("tensor") == pytest.approx([1, 1], rel=1e-4)


def test_sum_reduction_is_the_mean_times_the_batch(batch):
    totals = []
    for reduction in ("mean", "sum"):
        learner = make(Supervised, {"classes": 3}, reduction=reduction)
        torch.manual_seed(2)
        totals.append(float(learner(batch, "model")["total"]))
    assert totals[1] == pytest.approx(4 * totals[0])


def test_supervised_learns_its_labels(batch):
    learner = make(Supervised, {"classes": 3}, lr=1e-2)
    learner.augment = lambda images, kind: images
    optimizer = learner.optimizers()["model"]
    losses = []
    for _ in range(20):
        loss = learner(batch, "model")["total"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.1 < losses[0]


def test_supervision_augments_a_tile_as_what_it_is_a_picture_of(batch):
    learner, kinds = make(Supervised, {"classes": 3}, primary_kind="fluorescence"), []
    learner.augment = lambda images, kind: kinds.append(kind) or images
    learner(batch, "model")
    assert kinds == ["fluorescence"]


def test_the_augmentation_is_that_of_the_settings():
    given = {"preset": "corrected", "colour": 0.3, "geometry": 0.5}
    assert make(augment=given).augment == Augment("corrected", 0.3, 0.5)


def test_no_step_changes_an_untrained_encoder(batch):
    learner = make()
    before = [p.detach().clone() for p in learner.parameters()]
    learner(batch, "model")["total"].backward()
    learner.optimizers()["model"].step()
    assert all(torch.equal(a, b) for a, b in zip(before, learner.parameters(), strict=True))
