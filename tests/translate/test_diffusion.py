"""Learners of diffusions that generate: loss, stages, average, resumption, and what a short training brings."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pipeline.core.diffusion.mask_maker import MaskMaker
from pipeline.core.diffusion.painter import Painter
from pipeline.core.errors import StudyError
from pipeline.core.networks.weights import export_weights
from pipeline.core.train.batches import Batches
from pipeline.core.train.checkpoint import load_checkpoint
from pipeline.core.train.loop import fit
from pipeline.translate.diffusion import DiffusionLearner, dropped
from pipeline.translate.masks import Masks
from pipeline.translate.nasdm import NASDM

SIZE, CLASSES = 32, 2
COMMON = {
    "size": SIZE, "lr": 2e-3, "classes": CLASSES, "width": 8, "mult": [1, 2], "blocks": 1, "attention": [],
    "diffusion_steps": 50, "ema": 0.9, "warmup": 0.1, "second_stage": 0.5, "second_lr": 0.2, "bound": 1.0,
    "predicts": "noise",
}  # fmt: skip
RED, BLUE, GREY = (200, 40, 40), (40, 40, 200), (220, 220, 220)


def make(kind: type[DiffusionLearner], **changes) -> DiffusionLearner:
    torch.manual_seed(0)
    own = {"hidden": 8, "drop": 0.2} if issubclass(kind, NASDM) else {"drop": 0.1}
    return kind(**{**COMMON, **own, **changes})


def tiles(count: int = 24) -> dict[str, np.ndarray]:
    """A disc of one class to the left and one of the other to the right; each class has its colour."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:SIZE, :SIZE]
    mask, instance = np.zeros((count, SIZE, SIZE), np.uint8), np.zeros((count, SIZE, SIZE), np.uint16)
    for row in range(count):
        for name, centre in enumerate((8, 24), 1):
            here = (y - rng.uniform(8, 24)) ** 2 + (x - centre) ** 2 < rng.uniform(20, 45)
            mask[row][here], instance[row][here] = rng.integers(1, 3), name
    return {"mask": mask, "instance": instance, "target": np.uint8([GREY, RED, BLUE])[mask]}


def batch(kind: type[DiffusionLearner]) -> dict[str, torch.Tensor]:
    names = ("mask", "instance", "target") if issubclass(kind, NASDM) else ("mask",)
    return {name: torch.from_numpy(array) for name, array in tiles().items() if name in names}


def trained(kind, scratch: Path, steps: int, *, size: int = 4, every: int = 1000, **changes):
    arrays = {name: tensor.numpy() for name, tensor in batch(kind).items()}

    def build():
        learner = make(kind, **changes)
        learner.show(**{name: array[:6] for name, array in arrays.items()})
        return learner

    return fit(build, Batches(arrays, size=size, seed=0), steps=steps, seed=0, scratch=scratch, every=every)


@pytest.mark.parametrize("kind", [NASDM, Masks])
def test_the_loss_begins_at_1_and_reaches_every_weight(kind):
    learner = make(kind)
    torch.manual_seed(0)
    losses = learner(batch(kind), "model")
    assert losses["simple"].item() == pytest.approx(1, abs=0.03)
    assert (losses["total"] - losses["simple"]).item() == pytest.approx(0.05 * losses["bound"].item(), rel=1e-3)
    for parameter in learner.network.parameters():
        torch.nn.init.normal_(parameter, 0, 0.1)  # some begin at zero, and let nothing through
    learner(batch(kind), "model")["total"].backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in learner.network.parameters())
    assert all(p.grad is None for p in learner.average.parameters())


@pytest.mark.parametrize("kind", [NASDM, Masks])
def test_a_network_that_predicts_the_velocity_begins_with_none_of_it(kind):
    """Then the loss is the square of the velocity itself, over all steps ``kept + (1 - kept) * data^2``."""
    learner = make(kind, predicts="velocity")
    torch.manual_seed(0)
    found = np.mean([learner(batch(kind), "model")["simple"].item() for _ in range(20)])
    _, data = learner.task(batch(kind))
    kept = learner.schedule.alpha_bar[1:].mean().item()
    assert found == pytest.approx(kept + (1 - kept) * data.square().mean().item(), rel=0.05)
    assert learner.config["arguments"]["predicts"] == "velocity"


@pytest.mark.parametrize("predicts", ["noise", "velocity"])
@pytest.mark.parametrize("kind", [NASDM, Masks])
def test_losses_of_half_precision_are_in_full(kind, predicts):
    learner = make(kind, predicts=predicts)
    with torch.autocast("cpu", torch.bfloat16):
        losses = learner(batch(kind), "model")
    assert {value.dtype for value in losses.values()} == {torch.float32}
    losses["total"].backward()
    assert all(p.grad is None or p.grad.isfinite().all() for p in learner.parameters())


@pytest.mark.parametrize("kind", [NASDM, Masks])
def test_the_optimiser_has_the_network_and_no_decay(kind):
    learner = make(kind)
    (group,) = learner.optimizers()["model"].param_groups
    assert sorted(map(id, group["params"])) == sorted(map(id, learner.network.parameters()))
    assert (group["lr"], group["weight_decay"]) == (2e-3, 0)


def test_the_rate_rises_from_a_tenth_and_falls_to_a_fifth_in_the_second_stage():
    learner = make(NASDM)
    assert [learner.rate(p) for p in (0, 0.05, 0.1, 0.49, 0.5, 0.99)] == pytest.approx([0.1, 0.55, 1, 1, 0.2, 0.2])


def test_conditions_are_dropped_in_the_second_stage_alone(monkeypatch):
    learner, shares = make(NASDM), []
    monkeypatch.setattr("pipeline.translate.nasdm.dropped", lambda told, share: shares.append(share) or told)
    for progress, expected in ((0.0, []), (0.49, []), (0.5, [0.2]), (0.9, [0.2, 0.2])):
        learner.before_step(progress)
        learner(batch(NASDM), "model")
        assert shares == expected


@pytest.mark.parametrize("share", [0.2, 0.1])
def test_a_share_of_the_rows_loses_all_of_its_conditions(share):
    torch.manual_seed(0)
    rows = 10_000
    found = dropped(torch.ones(rows, 4, 1, 2), share)
    assert set(found.flatten(1).sum(1).tolist()) == {0, 8}  # edges and background go with the rest
    gone = rows - found[:, 0, 0, 0].sum().item()
    assert abs(gone - rows * share) < 3 * (rows * share * (1 - share)) ** 0.5


def test_nothing_or_all_can_be_dropped():
    ones = torch.ones(50, 3)
    assert torch.equal(dropped(ones, 0.0), ones)
    assert not dropped(ones, 1.0).any()


def test_mask_instances_and_tile_are_turned_alike(monkeypatch):
    learner, seen = make(NASDM), []
    of = torch.from_numpy(np.uint8([GREY, RED, BLUE]))
    monkeypatch.setattr("pipeline.translate.nasdm.conditions", lambda *told: seen.append(told[0]) or torch.zeros(1))
    _, image = learner.task(batch(NASDM))
    expected = of[seen[0]].permute(0, 3, 1, 2).float() / 127.5 - 1
    torch.testing.assert_close(image, expected)
    assert (seen[0] != batch(NASDM)["mask"]).any()


def test_masks_learn_from_classes_of_minus_1_and_1():
    _, data = make(Masks).task(batch(Masks))
    assert data.shape == (24, CLASSES + 1, SIZE, SIZE)
    assert data.unique().tolist() == [-1, 1]
    assert (data.sum(1) == 1 - CLASSES).all()


def test_the_average_moves_by_the_early_steps_first():
    learner = make(Masks, ema=0.99)
    for parameter in learner.average.parameters():
        parameter.data.zero_()
    for parameter in learner.network.parameters():
        parameter.data.fill_(1.0)
    learner.after_step(1)  # a decay of 2 / 11
    assert next(learner.average.parameters()).flatten()[0].item() == pytest.approx(9 / 11)
    learner.after_step(10**6)
    assert next(learner.average.parameters()).flatten()[0].item() == pytest.approx(1 - 0.99 * 2 / 11)
    assert learner.exports()["generator"][0] is learner.average.network


@pytest.mark.parametrize("kind", [NASDM, Masks])
def test_a_training_that_was_killed_ends_as_one_that_was_not(kind, tmp_path):
    """In both stages; weights, average, moments of the optimiser and random numbers."""
    whole, history = trained(kind, tmp_path / "whole", 6, every=3)
    interrupted = tmp_path / "interrupted"

    class Killed(kind):
        def after_step(self, step):
            super().after_step(step)
            if step == 5:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(Killed, interrupted, 6, every=3)
    assert load_checkpoint(interrupted / "last.pt")["step"] == 3
    again, resumed = trained(kind, interrupted, 6, every=3)
    assert resumed == history
    for name, value in whole.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    states = [load_checkpoint(folder / "last.pt")["optimizers"]["model"]["state"] for folder in tmp_path.iterdir()]
    assert all(torch.equal(a["exp_avg_sq"], b["exp_avg_sq"]) for a, b in zip(*map(dict.values, states), strict=True))


@pytest.mark.parametrize(("kind", "columns"), [(NASDM, 5), (Masks, 2)])
def test_pictures_show_masks_what_is_made_of_them_and_the_real_tiles(kind, columns, tmp_path):
    learner = make(kind)
    learner.show(**{name: tensor.numpy()[:6] for name, tensor in batch(kind).items()})
    learner.eval().sample(tmp_path, 40)
    (path,) = tmp_path.iterdir()
    assert path.name == "step_000040.png"
    rows = {NASDM: 3, Masks: 6}[kind]
    assert Image.open(path).size == (columns * (SIZE + 2) - 2, rows * (SIZE + 2) - 2)


@pytest.mark.parametrize("kind", [NASDM, Masks])
def test_what_does_not_fit_is_told_before_anything_is_learned(kind):
    with pytest.raises(StudyError, match="tiles of 50 px do not fit"):
        make(kind, size=50, mult=[1, 1, 1])
    with pytest.raises(StudyError, match="20 steps of a linear schedule"):
        make(kind, diffusion_steps=20)


def test_attention_is_asked_for_by_the_side_of_its_maps():
    _, config = make(NASDM, mult=[1, 2, 2], attention=[8, 16]).exports()["generator"]
    assert config["network"] == "semantic_unet:SemanticUNet"
    assert config["arguments"]["attention"] == [1, 2]


@pytest.mark.slow
def test_two_classes_decide_colours_after_a_short_training(tmp_path):
    learner, _ = trained(NASDM, tmp_path / "scratch", 250, width=16, lr=4e-3, second_stage=0.8, ema=0.98)
    network, config = learner.exports()["generator"]
    export_weights(tmp_path, "generator", network, config)
    painter, shown = Painter.load(tmp_path), tiles(32)
    mask, instance = shown["mask"][24:28], shown["instance"][24:28]  # never seen
    swapped = np.array([0, 2, 1], np.uint8)[mask]
    for asked in (mask, swapped):
        made = painter(asked, instance, range(4), steps=50).astype(float)
        grey, red, blue = (made[asked == name].mean(0) for name in range(3))
        assert np.abs(grey - GREY).max() < 60
        assert red[0] - red[2] > 60
        assert blue[2] - blue[0] > 60
        assert (grey - red)[1] > 100
        assert (grey - blue)[1] > 100


@pytest.mark.slow
def test_masks_show_the_classes_that_were_asked_for_after_a_short_training(tmp_path):
    learner, _ = trained(Masks, tmp_path / "scratch", 500, size=8, second_stage=1.0, ema=0.98, width=16)
    wanted = np.array([[1, 0], [0, 1]] * 6, bool)
    mask, instance = MaskMaker(learner.average.network)(wanted, range(12), size=SIZE)
    pixels = np.stack([(mask == name).sum((1, 2)) for name in (1, 2)], 1)
    assert pixels[wanted].sum() > 2 * pixels[~wanted].sum()  # alike where nothing is listened to
    assert ((instance > 0) == (mask > 0)).all()
