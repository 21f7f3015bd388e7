"""SynDiff against closed forms, and on discs in two stains."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from pipeline.core.errors import ProductError
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.core.store.array import TileArray
from pipeline.core.store.store import write_store
from pipeline.core.translation.learner import Ends
from pipeline.core.translation.pixels import Pixels
from pipeline.core.translation.translator import Translator
from pipeline.engine.run import run
from pipeline.translate.syndiff import SynDiff
from pipeline.translate.training import make_translator
from pipeline.translate.validation import cycle_ssim
from tests.translate.conftest import OPTIONS, discs, training, view

FIVE = Pixels("uint16", 5, 4095)


def make(ends: Ends = Ends(), **changes) -> SynDiff:  # noqa: B008
    torch.manual_seed(0)
    return SynDiff(**{"size": 32, "lr": 1.6e-4, "ends": ends, **OPTIONS["syndiff"], **changes})


@pytest.fixture
def batch():
    torch.manual_seed(1)
    return {name: torch.randint(0, 256, (2, 32, 32, 3), dtype=torch.uint8) for name in ("source", "target")}


class Constant(nn.Module):
    """A discriminator with one answer."""

    def __init__(self, value: float = 0.0) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor(value))

    def forward(self, x, *others):
        return self.value.expand(len(x)) + 0 * x.mean((1, 2, 3))


class Linear(nn.Module):
    """w . x of the state before."""

    def __init__(self) -> None:
        super().__init__()
        self.weights = nn.Parameter(torch.randn(3 * 32 * 32))

    def forward(self, before, state, t):
        return before.flatten(1) @ self.weights


class Oracle(nn.Module):
    """Denoises to the images it knows."""

    def __init__(self, truth: torch.Tensor) -> None:
        super().__init__()
        self.truth = truth
        self.nothing = nn.Parameter(torch.zeros(()))

    def forward(self, x, t, z):
        return self.truth + 0 * self.nothing


@pytest.mark.parametrize("registered", [False, True])
def test_every_discriminator_whose_logits_are_0_loses_2_ln_2(batch, registered):
    learner = make(Ends(registered=registered), r1=0.0)
    for way in (learner.forth, learner.back):
        way.discriminator, way.patches = Constant(), way.patches and Constant()
    learner(batch, "generator")
    losses = learner(batch, "discriminator")
    names = ("diffusive", "diffusive_back", *(() if registered else ("translator", "translator_back")))
    assert losses.keys() == {*names, "total"}
    assert [losses[name].item() for name in names] == pytest.approx([1.3863] * len(names), abs=5e-5)
    assert losses["total"].item() == pytest.approx(1.386294 * len(names))


def test_r1_comes_every_ten_steps_and_is_half_the_squared_weights(batch):
    learner = make()
    learner.forth.discriminator, learner.back.discriminator = Linear(), Linear()
    found = {}
    for done in (0, 1, 9, 10, 11, 20):
        learner.done.fill_(done)
        learner(batch, "generator")
        losses = learner(batch, "discriminator")
        if "r1" in losses:
            found[done] = losses
    assert list(found) == [0, 10, 20]
    for losses in found.values():
        for name, way in (("r1", learner.forth), ("r1_back", learner.back)):
            expected = way.discriminator.weights.square().sum().item() / 2
            assert losses[name].item() == pytest.approx(expected, rel=1e-4)
        parts = sum(value.item() for name, value in losses.items() if name != "total")
        assert losses["total"].item() == pytest.approx(parts)  # not multiplied by the steps without it


def test_the_generators_total_weighs_both_l1_terms_by_a_half(batch):
    losses = make()(batch, "generator")
    one = sum(losses[f"{name}{way}"] for name in ("diffusive", "translator") for way in ("", "_back"))
    half = sum(losses[f"{name}{way}"] for name in ("l1", "cycle") for way in ("", "_back"))
    assert losses["total"].item() == pytest.approx((one + 0.5 * half).item())
    assert len(losses) == 9


def test_a_diffusive_generator_denoises_its_domain_beside_what_the_translator_makes_of_the_same_images(
    batch, monkeypatch
):
    monkeypatch.setattr("pipeline.translate.syndiff.dihedral", lambda *images: images)
    learner, seen = make(), {}
    learner.forth.translator, learner.back.translator = (
        type("Add", (nn.Module,), {"forward": lambda self, x, by=by: x * by})() for by in (0.5, 0.25)
    )
    for name, way in (("forth", learner.forth), ("back", learner.back)):
        way.diffusion.network.register_forward_hook(lambda _, args, out, name=name: seen.update({name: args[0]}))
    losses = learner(batch, "generator")
    source, target = (learner.ends.source.tensor(batch[name]) for name in ("source", "target"))
    torch.testing.assert_close(seen["forth"][:, 3:], 0.25 * target)
    torch.testing.assert_close(seen["back"][:, 3:], 0.5 * source)
    cycles = [(0.125 * images - images).abs().mean().item() for images in (target, source)]
    assert [losses["cycle"].item(), losses["cycle_back"].item()] == pytest.approx(cycles)


def test_registered_domains_are_denoised_beside_real_images_and_have_no_translators(batch, monkeypatch):
    monkeypatch.setattr("pipeline.translate.syndiff.dihedral", lambda *images: images)
    learner, seen = make(Ends(registered=True)), []
    learner.forth.diffusion.network.register_forward_hook(lambda _, args, out: seen.append(args[0]))
    losses = learner(batch, "generator")
    torch.testing.assert_close(seen[0][:, 3:], learner.ends.source.tensor(batch["source"]))
    assert losses.keys() == {"diffusive", "l1", "diffusive_back", "l1_back", "total"}
    assert not any("translator" in name or "patches" in name for name, _ in learner.named_parameters())


def test_an_oracle_has_no_l1_and_its_states_are_drawn_as_the_real_ones(batch, monkeypatch):
    """Made and real states before have one distribution: mean and variance of their difference to the noisier state."""
    monkeypatch.setattr("pipeline.translate.syndiff.dihedral", lambda *images: images)
    learner = make(Ends(registered=True))
    rows = {name: images[:1].expand(200, -1, -1, -1) for name, images in batch.items()}
    learner.forth.diffusion.network = Oracle(learner.ends.target.tensor(rows["target"]))
    learner.forth.discriminator = Constant()
    learner.back = make(Ends(registered=True)).forth
    learner.back.diffusion.network = Oracle(learner.ends.source.tensor(rows["source"]))
    learner.back.discriminator = Constant()
    assert learner(rows, "generator")["l1"] == 0
    step = learner._seen[0].step
    for t in range(1, 5):
        made, before = step.made[step.t == t], step.before[step.t == t]
        assert made.var().item() == pytest.approx(before.var().item(), rel=0.04)
        state = step.state[step.t == t]
        assert (made * state).mean().item() == pytest.approx((before * state).mean().item(), abs=0.02)
    assert torch.equal(step.made[step.t == 1], learner.ends.target.tensor(rows["target"])[step.t == 1])


def test_generators_get_no_gradient_in_the_discriminator_turn_and_all_have_one_optimiser(batch):
    learner = make()
    turns = {t: [p for g in o.param_groups for p in g["params"]] for t, o in learner.optimizers().items()}
    trained = [p for p in learner.parameters() if p.requires_grad]
    assert sorted(map(id, trained)) == sorted(id(p) for own in turns.values() for p in own)
    assert {len(set(map(id, own))) for own in turns.values()} == {len(own) for own in turns.values()}
    learner(batch, "generator")
    learner(batch, "discriminator")["total"].backward()
    assert all(p.grad is None for p in turns["generator"])
    assert all(p.grad is not None for p in turns["discriminator"])


@pytest.mark.parametrize("registered", [False, True])
def test_losses_of_half_precision_are_in_full_and_so_are_gradients(batch, registered):
    learner = make(Ends(registered=registered))
    for turn in learner.turns:
        with torch.autocast("cpu", torch.bfloat16):
            losses = learner(batch, turn)
        assert {value.dtype for value in losses.values()} == {torch.float32}
        losses["total"].backward()  # the penalty's too, which is that of a gradient
    assert "r1" in losses
    assert all(p.grad is None or p.grad.isfinite().all() for p in learner.parameters())


def test_rates_betas_and_the_cosine_are_the_papers():
    learner = make()
    groups = {turn: optimizer.param_groups[0] for turn, optimizer in learner.optimizers().items()}
    assert {turn: group["lr"] for turn, group in groups.items()} == pytest.approx(
        {"generator": 1.6e-4, "discriminator": 1e-4}
    )
    assert {group["betas"] for group in groups.values()} == {(0.5, 0.9)}
    assert [1.6e-4 * learner.rate(p) for p in (0, 0.5, 1)] == pytest.approx([1.6e-4, 8.5e-5, 1e-5])


def test_the_average_follows_fast_and_then_by_its_decay():
    learner = make(ema=0.9)
    weight, mean = (network.network.head.bias for network in (learner.forth.diffusion, learner.forth.average.network))
    with torch.no_grad():
        weight.fill_(1.0)
    expected = 0.0
    for step in (1, 2, 100):
        learner.after_step(step)
        decay = min(0.9, (1 + step) / (10 + step))
        expected = decay * expected + 1 - decay
        assert mean[0].item() == pytest.approx(expected)
    assert learner.done == 100


def test_what_is_kept_is_the_average():
    learner = make()
    exported = {name: network for name, (network, _) in learner.exports().items()}
    assert exported == {"generator": learner.forth.average.network, "backward": learner.back.average.network}


def test_the_score_is_that_of_the_way_there_and_back():
    """Oracles that return what they were shown: SSIM 1 and a score of 0."""
    learner = make()

    class Echo(nn.Module):
        def forward(self, x, t, z):
            return x[:, 3:]

    for way in (learner.forth, learner.back):
        way.average.network.network = Echo()
        way.average.network.anchor = nn.Parameter(torch.zeros(()))
    tiles = view(discs(1), "HE")
    assert learner.validate() is None
    learner.hold(source=tiles, target=view(discs(2), "IHC"))
    assert (learner.validate(), learner.validates_every) == (0, 2)
    assert cycle_ssim(learner.forth.average.network, learner.back.average.network, tiles) == 1


@pytest.mark.parametrize("end", ["source", "target"])
def test_of_one_stain_the_score_is_that_of_its_own_way(end, monkeypatch):
    learner, seen = make(), []
    monkeypatch.setattr("pipeline.translate.syndiff.cycle_ssim", lambda *way: seen.append(way) or 0.75)
    learner.hold(**{end: view(discs(1), "HE")})
    assert learner.validate() == 0.25
    forth, back = learner.forth.average.network, learner.back.average.network
    assert [way[:2] for way in seen] == [(forth, back) if end == "source" else (back, forth)]


def test_who_holds_nothing_back_or_wants_no_validation_has_none():
    for learner, held in ((make(), {}), (make(validates_every=None), {"source": view(discs(1), "HE")})):
        learner.hold(**held)
        assert (learner.validates_every, learner.validate()) == (None, None)


def test_any_channels_come_to_any_others(batch):
    ends = Ends(FIVE, Pixels("uint8", 1))
    learner = make(ends)
    rows = {
        "source": torch.from_numpy(np.random.default_rng(0).integers(0, 4096, (2, 32, 32, 5), dtype=np.uint16)),
        "target": torch.randint(0, 256, (2, 32, 32, 1), dtype=torch.uint8),
    }
    for turn in learner.turns:
        assert all(value.isfinite() for value in learner(rows, turn).values())
    made = Translator(learner.exports()["generator"][0])(rows["source"].numpy(), [1, 2])
    assert (made.dtype, made.shape) == (np.uint8, (2, 32, 32, 1))
    back = Translator(learner.exports()["backward"][0])(made, [1, 2])
    assert (back.dtype, back.shape) == (np.uint16, (2, 32, 32, 5))


def test_held_back_tiles_of_other_channels_are_told_before_training():
    with pytest.raises(ProductError, match="found uint8"):
        make(Ends(FIVE, FIVE)).hold(source=view(discs(1), "HE"), target=view(discs(1), "HE"))


def sixteen(name: str, stain: str, seed: int) -> None:
    """The slide anew in five channels of 12 bits."""
    wide = view(discs(seed), stain).astype(np.uint16) * 16
    images = np.concatenate([wide, wide[..., :2]], -1)
    columns = {"xy": np.zeros((len(images), 2), np.int64), "tissue": np.ones(len(images), np.float32)}
    arrays = {"image": TileArray("uint16", 5)}
    write_store(Path(f"data/tiles/{name}.zarr"), [images], columns, {}, size=32, arrays=arrays)


def test_a_study_of_16_bits_and_five_channels_trains_and_draws_its_panel(cohort):
    for name, seed in (("a-IHC", 1), ("b-IHC", 3)):
        sixteen(name, "IHC", seed)
    job = training("syndiff", steps=2)
    run(job)
    manifest = TranslatorManifest.read(job.manifest)
    assert (manifest.source_full, manifest.target_full) == (255, 4095)
    made = Translator.load(manifest.folder)(view(discs(9), "HE"), range(12))
    assert (made.dtype, made.shape) == (np.uint16, (12, 32, 32, 5))
    assert manifest.samples


@pytest.mark.parametrize("method", ["cyclegan", "pix2pix"])
def test_methods_of_8_bit_rgb_refuse_others_before_training(cohort, method):
    for name, seed in (("a-IHC", 1), ("b-IHC", 3)):
        sixteen(name, "IHC", seed)
    with pytest.raises(ProductError, match="expected 8-bit RGB tiles") as error:
        make_translator(training(method))
    assert "IHC" in error.value.where


def test_slides_of_a_stain_that_differ_in_channels_are_told(cohort):
    sixteen("b-IHC", "IHC", 3)
    with pytest.raises(ProductError, match="expected tiles of one shape and dtype"):
        make_translator(training("syndiff"))


def test_it_validates_on_who_is_held_back_and_keeps_the_best(cohort):
    job = training("syndiff", steps=2, held_back=0.2)
    run(job)
    manifest = TranslatorManifest.read(job.manifest)
    assert (manifest.patients, manifest.held_back) == (("b",), ("a",))
    assert 0 < pd.read_csv(manifest.history)["validation"].iloc[-1] < 1.5


@pytest.mark.slow
def test_it_learns_to_draw_the_other_stain(cohort):
    job = training("syndiff", steps=60, batch=4, lr=4e-3, checkpoint_every=60, pairing="paired")
    run(job)
    manifest = TranslatorManifest.read(job.manifest)
    history = pd.read_csv(manifest.history)
    assert history["generator/l1"].iloc[-2:].mean() < history["generator/l1"].iloc[0] / 2
    made = Translator.load(manifest.folder)(view(discs(9), "HE"), range(12)).astype(float)
    error = np.abs(made - view(discs(9), "IHC")).mean()
    assert error < np.abs(made - view(discs(8), "IHC")).mean() / 1.5
