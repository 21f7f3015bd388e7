"""Every method on drawn discs of two classes."""

from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.core.errors import ProductError, StudyError
from pipeline.core.measures.detection import detections, f1
from pipeline.core.measures.objects import numbered, pairs_of
from pipeline.core.measures.overlap import dice, pixels_of
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.segmentation.learner import SegmentationLearner
from pipeline.core.segmentation.segmenter import SEGMENTER, Segmenter
from pipeline.core.train import loop
from pipeline.core.train.batches import Batches
from pipeline.core.train.loop import fit
from pipeline.segment.decoder import DecoderLearner
from pipeline.segment.hovernet import HoVerNetLearner
from pipeline.segment.unet import UNetLearner
from tests.segment.discs import CLASSES, discs

KINDS = {"unet": UNetLearner, "hovernet": HoVerNetLearner, "decoder": DecoderLearner}
WIDTHS = {"unet": 8, "hovernet": 8, "decoder": 16}
LEARNING = {"unet": (80, 5e-3), "hovernet": (100, 1e-2), "decoder": (60, 1e-2)}  # steps, rate


def make(method: str, **changes) -> SegmentationLearner:
    torch.manual_seed(0)
    known = {"size": 32, "channels": 3, "classes": CLASSES, "lr": 1e-3, "width": WIDTHS[method], "colour": 0.2}
    if method == "decoder" and "encoder" not in changes:
        channels = changes.get("channels", 3)
        known["encoder"] = ResNetEncoder(depth=18, width=8, mean=(0.6,) * channels, std=(0.2,) * channels, stem="small")
    return KINDS[method](**{**known, **changes})


def batch(count: int = 2, **changes: np.ndarray) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(array) for name, array in {**discs(count), **changes}.items()}


methods = pytest.mark.parametrize("method", KINDS)


@pytest.mark.slow
@methods
def test_discs_are_found_after_seconds_and_of_a_class_that_no_tile_shows_nothing(method, tmp_path):
    steps, lr = LEARNING[method]
    batches = Batches(discs(64), size=8, seed=0)
    learner, _ = fit(lambda: make(method, lr=lr, classes=CLASSES + 1), batches, steps=steps, seed=0, scratch=tmp_path)
    truth = discs(16, seed=1)
    mask, instance = Segmenter(learner.network)(truth["image"])
    assert mask.max() == CLASSES
    assert dice(pixels_of(truth["mask"], mask, CLASSES).sum(0))[1:].min() > 0.85
    counts = [counted(*labels) for labels in zip(truth["instance"], truth["mask"], instance, mask, strict=True)]
    assert f1(np.sum(counts, 0))[0] > 0.7


def counted(truth: np.ndarray, mask: np.ndarray, found: np.ndarray, found_mask: np.ndarray) -> np.ndarray:
    (one, true), (other, made) = numbered(truth, mask), numbered(found, found_mask)
    return detections(true, made, pairs_of(one, other), CLASSES)


@methods
def test_a_killed_training_ends_as_an_undisturbed_one(method, tmp_path, monkeypatch):
    def train(folder: str) -> dict[str, torch.Tensor]:
        batches = Batches(discs(6), size=2, seed=0)
        build = lambda: make(method, **({"first": 0.5} if method == "hovernet" else {}))  # noqa: E731
        learner, _ = fit(build, batches, steps=4, seed=0, scratch=tmp_path / folder, every=1)
        return learner.state_dict()

    save = loop.save_checkpoint

    def killing(path: Path, state: dict) -> None:
        save(path, state)
        if state["step"] == 2:
            raise KeyboardInterrupt

    whole = train("whole")
    with monkeypatch.context() as patch:
        patch.setattr(loop, "save_checkpoint", killing)
        with pytest.raises(KeyboardInterrupt):
            train("killed")
    assert all(torch.equal(value, whole[name]) for name, value in train("killed").items())


@methods
@pytest.mark.parametrize("channels", [1, 5])
def test_16_bits_and_any_number_of_channels(method, channels):
    made = make(method, channels=channels)
    image = np.random.default_rng(0).integers(0, 4096, (2, 32, 32, channels), dtype=np.uint16)
    assert made(batch(image=image), "model")["total"].isfinite()


@methods
def test_a_batch_of_one_and_an_empty_mask_have_finite_gradients(method):
    made = make(method)
    none = {"mask": np.zeros((1, 32, 32), np.uint8), "instance": np.zeros((1, 32, 32), np.uint32)}
    for given in (batch(1), batch(1, **none)):
        losses = made(given, "model")
        losses["total"].backward()
        assert all(loss.isfinite() for loss in losses.values())
        assert all(p.grad.isfinite().all() for p in made.parameters() if p.grad is not None)


@methods
def test_a_class_that_no_tile_shows_is_no_error(method):
    made = make(method, classes=CLASSES + 1)
    assert made(batch(), "model")["total"].isfinite()
    mask, _ = Segmenter(made.network)(discs(1)["image"])
    assert mask.shape == (1, 32, 32)


@methods
def test_other_channels_and_unknown_classes_are_told(method):
    made = make(method)
    with pytest.raises(ProductError, match="images of 1 channels, expected 3"):
        made(batch(image=discs(2)["image"][..., :1]), "model")
    with pytest.raises(ProductError, match="class id 7 in a mask, expected 0 to 2"):
        made(batch(mask=np.full((2, 32, 32), 7, np.uint8)), "model")


@pytest.mark.parametrize(("method", "size"), [("unet", 30), ("unet", 8), ("hovernet", 36), ("hovernet", 8)])
def test_tiles_that_do_not_fit_are_told(method, size):
    with pytest.raises(StudyError, match=f"tiles of {size} px do not fit"):
        make(method, size=size)


def test_a_width_that_cannot_be_split_into_groups_is_told():
    with pytest.raises(StudyError, match="a HoVer-Net of width 12"):
        make("hovernet", width=12)


def test_a_batch_of_one_that_leaves_a_norm_a_single_number_is_told():
    made = make("decoder", encoder=ResNetEncoder(depth=18, width=8, mean=(0.6,) * 3, std=(0.2,) * 3))
    assert made(batch(2), "model")["total"].isfinite()
    with pytest.raises(StudyError, match="a batch of one tile of 32 px") as error:
        made(batch(1), "model")
    assert error.value.fix == "set batch to 2 or more"


@methods
def test_every_parameter_that_learns_has_one_optimiser(method):
    made = make(method)
    (optimizer,) = made.optimizers().values()
    learning = sorted(id(p) for group in optimizer.param_groups for p in group["params"])
    assert learning == sorted(id(p) for p in made.parameters() if p.requires_grad)


def test_sgd_is_that_of_nnunet():
    (optimizer,) = make("unet", optimizer="sgd", lr=1e-2, weight_decay=3e-5).optimizers().values()
    (group,) = optimizer.param_groups
    assert (group["lr"], group["momentum"], group["nesterov"], group["weight_decay"]) == (1e-2, 0.99, True, 3e-5)


def test_the_rate_falls_by_the_exponent_of_nnunet():
    assert [make("unet").rate(p) for p in (0, 0.5)] == [1, pytest.approx(0.5**0.9)]


def test_hovernet_is_ten_times_slower_in_the_second_half_of_each_phase():
    made = make("hovernet", first=0.4)
    assert [made.rate(p) for p in (0, 0.19, 0.2, 0.39, 0.4, 0.69, 0.7, 0.99)] == [1, 1, 0.1, 0.1, 1, 1, 0.1, 0.1]
    for progress, frozen in ((0.0, True), (0.39, True), (0.4, False)):
        made.before_step(progress)
        assert made.network.frozen is frozen


def test_hovernet_weighs_the_distance_twice():
    losses = make("hovernet")(batch(), "model")
    terms = sum(value for name, value in losses.items() if name != "total") + losses["distance"]
    assert losses["total"].item() == pytest.approx(terms.item(), rel=1e-6)


def test_coarser_maps_count_half_of_the_one_before():
    torch.manual_seed(0)
    made = make("unet", deep=True)
    mask = torch.from_numpy(discs(2)["mask"]).long()
    perfect = [200 * torch.nn.functional.one_hot(mask[:, ::k, ::k], 3).permute(0, 3, 1, 2).float() for k in (1, 2)]
    made.network.forward = lambda images: [perfect[0], 0 * perfect[1]]
    coarse = made.losses(torch.zeros(2, 3, 32, 32), mask, mask)
    made.network.forward = lambda images: [0 * perfect[0], perfect[1]]
    fine = made.losses(torch.zeros(2, 3, 32, 32), mask, mask)
    assert fine["total"].item() == pytest.approx(2 / 3 * (fine["dice"] + fine["entropy"]).item(), rel=1e-5)
    assert coarse["total"].item() == pytest.approx(fine["total"].item() / 2, rel=0.05)


@methods
def test_pictures_show_image_truth_and_prediction(method, tmp_path):
    made = make(method)
    made.sample(tmp_path, 1)
    assert not list(tmp_path.iterdir())
    made.show(**discs(2))
    made.sample(tmp_path, 100)
    assert [path.name for path in tmp_path.iterdir()] == ["step_000100.png"]
    assert SEGMENTER in made.exports()
