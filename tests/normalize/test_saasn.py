"""SAASN against closed forms, and on two synthetic stains."""

import numpy as np
import pytest
import torch
from torch import nn

from pipeline.core.errors import StudyError
from pipeline.core.networks.attention import SelfAttention
from pipeline.core.train.batches import Batches
from pipeline.core.train.loop import fit
from pipeline.core.translation.structure import dssim
from pipeline.core.translation.translator import Translator, to_tensor
from pipeline.normalize.saasn import SAASN, halvings

OPTIONS = {
    "ngf": 4, "downs": 3, "ndf": 4, "pool": 5, "lambda_cycle": 10.0, "structural": 10.0, "dssim": 10.0, "identity": 0.1,
    "boundary": True, "spectral": True, "attention": 8,
}  # fmt: skip
TERMS = ("cycle", "structure", "dssim", "identity")


def make(**changes) -> SAASN:
    torch.manual_seed(0)
    return SAASN(**{"size": 32, "lr": 2e-4, **OPTIONS, **changes})


@pytest.fixture
def batch():
    torch.manual_seed(1)
    return {name: torch.randint(0, 256, (2, 32, 32, 3), dtype=torch.uint8) for name in ("source", "target")}


class Constant(nn.Module):
    """A discriminator with one answer."""

    def __init__(self, value: float) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor(value))

    def forward(self, x):
        return self.value.expand(len(x), 1, 2, 2)


class Known(nn.Module):
    """A discriminator that says 1 to the images it knows and 0 to all others."""

    def __init__(self, real: torch.Tensor) -> None:
        super().__init__()
        self.means = real.mean((1, 2, 3))

    def forward(self, x):
        return torch.isclose(x.mean((1, 2, 3)), self.means, atol=1e-6).float()


def test_identity_generators_lose_nothing_but_what_discriminators_say(batch):
    learner = make()
    learner.to_target, learner.to_source = nn.Identity(), nn.Identity()
    learner.discriminator_target, learner.discriminator_source = Constant(1.0), Constant(1.0)
    losses = learner(batch, "generator")
    assert {losses[f"{name}{way}"].item() for name in TERMS for way in ("", "_back")} == {0}
    assert losses["total"] == 0


def test_the_total_weighs_10_10_10_and_a_tenth(batch):
    losses = make()(batch, "generator")
    both = {name: (losses[name] + losses[f"{name}_back"]).item() for name in ("adversarial", *TERMS)}
    expected = both["adversarial"] + 10 * (both["cycle"] + both["structure"] + both["dssim"]) + 0.1 * both["identity"]
    assert losses["total"].item() == pytest.approx(expected, rel=1e-6)


def test_every_term_is_of_the_images_that_the_thesis_says(batch, monkeypatch):
    """Generators that add a constant: what each term compares is known."""

    class Add(nn.Module):
        def __init__(self, amount):
            super().__init__()
            self.amount = amount

        def forward(self, x):
            return x + self.amount

    monkeypatch.setattr("pipeline.normalize.saasn.dihedral", lambda images: (images,))
    learner = make()
    learner.to_target, learner.to_source = Add(0.5), Add(-0.2)
    losses = {name: value.item() for name, value in learner(batch, "generator").items()}
    source, target = (to_tensor(batch[name]) for name in ("source", "target"))
    assert [losses["cycle"], losses["cycle_back"]] == pytest.approx([0.3, 0.3], abs=1e-6)
    assert [losses["identity"], losses["identity_back"]] == pytest.approx([0.5, 0.2], abs=1e-6)
    expected = [dssim(source + 0.3, source), dssim(target + 0.3, target)]
    assert [losses["structure"], losses["structure_back"]] == pytest.approx([x.item() for x in expected])
    expected = [dssim(source + 0.5, source), dssim(target - 0.2, target)]
    assert [losses["dssim"], losses["dssim_back"]] == pytest.approx([x.item() for x in expected])


@pytest.mark.parametrize("option", ["structural", "dssim", "identity"])
def test_a_term_of_weight_0_is_gone(option, batch):
    name = {"structural": "structure"}.get(option, option)
    losses = make(**{option: 0.0})(batch, "generator")
    assert {term for term in TERMS if term in losses} == set(TERMS) - {name}
    assert f"{name}_back" not in losses


def test_the_discriminator_of_the_source_is_shown_real_targets_as_fakes(batch, monkeypatch):
    monkeypatch.setattr("pipeline.normalize.saasn.dihedral", lambda images: (images,))
    losses = []
    for boundary in (True, False):
        learner = make(boundary=boundary)
        learner.discriminator_target = Known(to_tensor(batch["target"]))
        learner.discriminator_source = Known(to_tensor(batch["target"]))  # takes targets for sources, and no sources
        learner(batch, "generator")
        losses.append(learner(batch, "discriminator"))
    assert [loss["target"].item() for loss in losses] == [0, 0]
    assert [loss["source"].item() for loss in losses] == pytest.approx([2 / 3, 1 / 2])


def test_the_boundary_term_and_the_others_of_that_turn_have_no_gradient_for_generators(batch):
    learner = make(pool=0)
    turns = {t: [p for g in o.param_groups for p in g["params"]] for t, o in learner.optimizers().items()}
    assert all(p.requires_grad for p in turns["generator"])
    learner(batch, "generator")
    learner(batch, "discriminator")["total"].backward()
    assert all(p.grad is None for p in turns["generator"])
    assert all(p.grad is not None for p in turns["discriminator"])


def test_every_parameter_has_one_optimiser_and_a_gradient_in_its_turn(batch):
    learner = make()
    turns = {t: [p for g in o.param_groups for p in g["params"]] for t, o in learner.optimizers().items()}
    assert sorted(map(id, learner.parameters())) == sorted(id(p) for own in turns.values() for p in own)
    learner(batch, "generator")["total"].backward()
    assert all(p.grad is not None for p in turns["generator"])


def test_generators_remember_statistics_of_what_they_are_used_on_alone(batch, monkeypatch):
    monkeypatch.setattr("pipeline.normalize.saasn.dihedral", lambda images: (images,))
    learner, alone = make(), make()
    learner(batch, "generator")
    alone.to_target(to_tensor(batch["source"]))
    alone.to_source(to_tensor(batch["target"]))
    for name in ("to_target", "to_source"):
        norms = [
            [part.running_mean for part in getattr(own, name).modules() if isinstance(part, nn.BatchNorm2d)]
            for own in (learner, alone)
        ]
        assert norms[0]
        assert all(torch.equal(one, other) for one, other in zip(*norms, strict=True))


def test_options_of_the_ablation_change_the_networks():
    assert not [part for part in make(attention=0).modules() if isinstance(part, SelfAttention)]
    assert [name for name in make(spectral=True).state_dict() if "parametrizations" in name]
    assert not [name for name in make(spectral=False).state_dict() if "parametrizations" in name]


@pytest.mark.parametrize(
    ("size", "attention", "halved"), [(256, 64, 2), (256, 256, 1), (64, 64, 1), (64, 8, 3), (96, 20, 3), (64, 0, None)]
)
def test_the_largest_map_that_attends_has_as_many_places_a_side(size, attention, halved):
    assert halvings(size, attention) == halved


def test_tiles_that_do_not_fit_are_told():
    with pytest.raises(StudyError, match="tiles of 40 px do not fit"):
        make(size=40, downs=4)


def discs(seed: int, inside: tuple[int, int, int], outside: tuple[int, int, int]) -> np.ndarray:
    """uint8 (24, 32, 32, 3)."""
    centres = np.random.default_rng(seed).uniform(8, 24, (24, 2, 1, 1))
    y, x = np.mgrid[:32, :32]
    shape = (y - centres[:, 0]) ** 2 + (x - centres[:, 1]) ** 2 < 50
    return np.where(shape[..., None], np.uint8(inside), np.uint8(outside))


def colour(images: np.ndarray) -> np.ndarray:
    return images.reshape(-1, 3).mean(0)


def test_two_stains_learn_to_have_the_colour_of_a_third(tmp_path):
    sources = [discs(1, (80, 40, 120), (230, 160, 200)), discs(2, (60, 60, 140), (200, 180, 220))]
    target = discs(3, (120, 30, 60), (240, 120, 140))
    batches = Batches({"source": np.concatenate(sources), "target": target}, size=2, seed=0, aligned=False)
    learner, _ = fit(lambda: make(ngf=8, ndf=8, attention=4, lr=3e-3), batches, steps=24, seed=0, scratch=tmp_path)
    translator = Translator(learner.to_target)
    for source in sources:
        made = translator(source)
        before, after = (np.abs(colour(images) - colour(target)).mean() for images in (source, made))
        assert after < before / 2
        one, other = (to_tensor(torch.from_numpy(images)) for images in (source, made))
        assert dssim(one, other) < 0.2  # the discs are where they were
