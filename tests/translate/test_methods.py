"""The adversarial methods against closed forms."""

import pytest
import torch
from torch import nn

from pipeline.core.errors import StudyError
from pipeline.core.translation.cyclegan import CycleGAN
from pipeline.core.translation.learner import AdversarialTranslator
from pipeline.core.translation.translator import to_tensor
from pipeline.translate.pix2pix import Pix2Pix
from tests.translate.conftest import OPTIONS


def make(method: str, **changes) -> AdversarialTranslator:
    kind = {"cyclegan": CycleGAN, "pix2pix": Pix2Pix}[method]
    torch.manual_seed(0)
    return kind(**{"size": 32, "lr": 2e-4, **OPTIONS[method], **changes})


@pytest.fixture
def batch():
    torch.manual_seed(1)
    return {name: torch.randint(0, 256, (2, 32, 32, 3), dtype=torch.uint8) for name in ("source", "target")}


class Constant(nn.Module):
    """A discriminator with one answer."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor(value))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.value.expand(len(x), 1, 2, 2)


class Knows(nn.Module):
    """A discriminator that is always right: it knows the real images."""

    def __init__(self, real: torch.Tensor) -> None:
        super().__init__()
        self.mean = real.mean()
        self.unused = nn.Parameter(torch.zeros(()))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return ((x.mean() - self.mean).abs() < 1e-6).float() + 0 * self.unused


def test_identity_generators_have_no_cycle_and_no_identity_loss(batch):
    learner = make("cyclegan")
    learner.to_target, learner.to_source = nn.Identity(), nn.Identity()
    losses = learner(batch, "generator")
    assert [losses[n].item() for n in ("cycle", "cycle_back", "identity", "identity_back")] == [0, 0, 0, 0]


def test_cyclegan_weighs_cycle_10_and_identity_5(batch):
    losses = make("cyclegan")(batch, "generator")
    expected = losses["adversarial"] + losses["adversarial_back"]
    expected = expected + 10 * (losses["cycle"] + losses["cycle_back"])
    expected = expected + 5 * (losses["identity"] + losses["identity_back"])
    assert losses["total"].item() == pytest.approx(expected.item())


def test_negatives_of_their_own_domain_made_positive_have_no_identity_loss(batch):
    class Negate(torch.nn.Module):
        def forward(self, x):
            return -x

    learner = make("cyclegan", negative=True)
    learner.to_target, learner.to_source = Negate(), Negate()
    losses = learner(batch, "generator")
    assert [losses[n].item() for n in ("cycle", "cycle_back", "identity", "identity_back")] == [0, 0, 0, 0]


def test_without_identity_the_terms_are_gone(batch):
    assert "identity" not in make("cyclegan", identity=0.0)(batch, "generator")


def test_a_discriminator_that_says_one_half_loses_a_quarter_per_domain(batch):
    learner = make("cyclegan")
    learner.discriminator_target, learner.discriminator_source = Constant(0.5), Constant(0.5)
    learner(batch, "generator")
    assert learner(batch, "discriminator")["total"].item() == 0.5


def test_a_perfect_discriminator_loses_nothing(batch):
    learner = make("cyclegan")
    learner.discriminator_target, learner.discriminator_source = (
        Knows(to_tensor(batch[name])) for name in ("target", "source")
    )
    learner(batch, "generator")
    assert learner(batch, "discriminator")["total"].item() == 0


def test_pix2pix_weighs_l1_100_and_its_discriminator_starts_at_log_2(batch):
    learner = make("pix2pix")
    learner.discriminator = Constant(0.0)
    losses = learner(batch, "generator")
    assert losses["adversarial"].item() == pytest.approx(0.6931472)
    assert losses["total"].item() == pytest.approx((losses["adversarial"] + 100 * losses["l1"]).item())
    assert learner(batch, "discriminator")["total"].item() == pytest.approx(0.6931472)


@pytest.mark.parametrize("method", ["cyclegan", "pix2pix"])
def test_generators_get_no_gradient_in_the_discriminator_turn(method, batch):
    made = make(method)
    optimizers = made.optimizers()
    made(batch, "generator")
    made(batch, "discriminator")["total"].backward()
    parameters = {turn: [p for g in o.param_groups for p in g["params"]] for turn, o in optimizers.items()}
    assert all(p.grad is None for p in parameters["generator"])
    assert all(p.grad is not None for p in parameters["discriminator"])


@pytest.mark.parametrize("method", ["cyclegan", "pix2pix"])
def test_every_parameter_has_one_optimiser_with_the_papers_betas(method):
    made = make(method)
    groups = [group for optimizer in made.optimizers().values() for group in optimizer.param_groups]
    assert sorted(map(id, made.parameters())) == sorted(id(p) for group in groups for p in group["params"])
    assert {(group["lr"], group["betas"]) for group in groups} == {(2e-4, (0.5, 0.999))}


def test_the_rate_is_constant_and_then_falls_to_zero():
    made = make("pix2pix")
    assert [made.rate(p) for p in (0, 0.25, 0.5, 0.75, 1)] == [1, 1, 1, 0.5, 0]


@pytest.mark.parametrize(("method", "changes"), [("pix2pix", {"size": 40, "downs": 5}), ("cyclegan", {"size": 16})])
def test_tiles_that_do_not_fit_are_told(method, changes):
    with pytest.raises(StudyError, match=f"tiles of {changes['size']} px do not fit"):
        make(method, **changes)
