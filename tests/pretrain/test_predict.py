import numpy as np
import pytest
import torch
from torch.nn import functional

from pipeline.core.networks.encoder import Outputs
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.pretrain.augment import Augment
from pipeline.pretrain.objective import Settings
from pipeline.pretrain.predict import PixelDecoder, Predict
from pipeline.pretrain.samples import Samples

from .conftest import SETTINGS

BATCH, SIZE = 6, 64
PICTURE = ((0.5,) * 3, (0.25,) * 3)
NUMBERS = ((1.0, 2.0, 3.0, 4.0), (1.0, 1.0, 2.0, 2.0))


def build(*, picture=True, augment=None, **options):
    torch.manual_seed(0)
    encoder = ResNetEncoder(depth=18, width=4, mean=(0.5,) * 3, std=(0.25,) * 3)
    settings = Settings(**{**SETTINGS, "augment": augment or SETTINGS["augment"]})
    return Predict(encoder, settings, colours=PICTURE if picture else NUMBERS, picture=picture, **options)


@pytest.fixture
def batch():
    rng = torch.Generator().manual_seed(1)
    return {
        name: torch.randint(0, 256, (BATCH, SIZE, SIZE, 3), generator=rng, dtype=torch.uint8)
        for name in ("image", "privileged")
    }


@pytest.fixture
def numbers(batch):
    return {**batch, "privileged": torch.randn(BATCH, 4, generator=torch.Generator().manual_seed(2))}


def compared(learner, batch):
    """Prediction and what was sought."""
    torch.manual_seed(3)
    return learner._picture(batch) if learner.picture else learner._vector(batch)


def test_the_loss_is_the_mean_squared_error_of_standardised_colours(batch):
    learner = build(augment={"colour": 0.0, "geometry": 0.0})
    predicted, sought = compared(learner, batch)
    picture = batch["privileged"].permute(0, 3, 1, 2).float() / 255
    expected = (functional.avg_pool2d(picture, 8) - 0.5) / 0.25  # a map of 2 x 2, four pixels a side
    assert predicted.shape == sought.shape == (BATCH, 3, 8, 8)
    assert torch.allclose(sought, expected, atol=1e-5)
    torch.manual_seed(3)
    found = learner(batch, "model")
    assert found["total"].item() == pytest.approx((predicted - sought).square().mean().item(), rel=1e-5)
    assert found["squared_error"] is found["total"]


def test_the_loss_of_numbers_is_that_of_standardised_numbers(numbers):
    learner = build(picture=False)
    predicted, sought = compared(learner, numbers)
    mean, std = (torch.tensor(values) for values in NUMBERS)
    assert predicted.shape == (BATCH, 4)
    assert torch.allclose(sought, (numbers["privileged"] - mean) / std)


@pytest.mark.parametrize("preset", ["corrected", "released"])
def test_the_picture_is_moved_as_the_tile_and_keeps_its_colours(batch, preset):
    learner, seen = build(augment={"preset": preset}), []
    learner.encoder.body.conv1.register_forward_hook(lambda module, given, out: seen.append(given[0]))
    _, sought = compared(learner, batch)
    torch.manual_seed(3)
    tile, picture = (batch[name].permute(0, 3, 1, 2).float() / 255 for name in ("image", "privileged"))
    view, moved = Augment(preset).together(tile, "light", picture)
    assert torch.allclose(seen[0], (view - 0.5) / 0.25, atol=1e-5)
    assert torch.allclose(sought, (functional.avg_pool2d(moved, 8) - 0.5) / 0.25, atol=1e-5)


@pytest.mark.parametrize("picture", [True, False])
def test_encoder_and_decoder_learn(batch, numbers, picture):
    learner = build(picture=picture)
    learner(batch if picture else numbers, "model")["total"].backward()
    assert all(float(p.grad.abs().max()) > 0 for p in learner.encoder.parameters())
    assert all(p.grad is not None for p in learner.decoder.parameters())


@pytest.mark.parametrize("picture", [True, False])
def test_controls_say_nothing_of_the_tile(batch, numbers, picture):
    given = batch if picture else numbers
    still = {"augment": {"colour": 0.0, "geometry": 0.0}, "picture": picture}
    _, own = compared(build(**still), given)
    _, other = compared(build(**still, control="shuffled"), given)
    _, nothing = compared(build(**still, control="blank"), given)
    rows = [next(i for i in range(BATCH) if torch.allclose(row, own[i], atol=1e-5)) for row in other]
    assert sorted(rows) == list(range(BATCH))
    assert all(i != row for i, row in enumerate(rows))
    assert torch.equal(nothing, nothing[:1].expand_as(nothing))


def test_a_position_is_decoded_by_itself_and_the_features():
    torch.manual_seed(0)
    decoder = PixelDecoder(build().encoder, 8, 2, 3).eval()
    features, last = torch.randn(1, 32), torch.randn(1, 32, 2, 2)
    changed = last.clone()
    changed[..., 0, 1] += 1
    before, after = decoder(Outputs(features, (last,))), decoder(Outputs(features, (changed,)))
    differs = (before != after).any(1)[0]
    assert before.shape == (1, 2, 6, 6)
    assert differs[:3, 3:].all()
    assert not differs[3:].any()
    assert not differs[:, :3].any()
    assert (decoder(Outputs(features + 1, (last,))) != before).any(1).all()


@pytest.mark.parametrize(("vectors", "picture"), [(None, True), ({"width": 8}, False)])
def test_a_job_decides_what_is_predicted(make_job, vectors, picture):
    job = make_job(spec={"vectors": vectors}, objective="predict", loss=None, options={"side": 2}, control="blank")
    samples = Samples({}, {"privileged": PICTURE if picture else NUMBERS}, [], 0)
    encoder = ResNetEncoder(depth=18, width=4, mean=(0.5,) * 3, std=(0.25,) * 3)
    learner = Predict.make(encoder, Settings(**SETTINGS), samples, job)
    assert (learner.picture, learner.control) == (picture, "blank")


def test_a_tile_that_shows_its_view_learns_to_predict_it():
    """The view is the tile's own brightness by quadrant: the error falls far below that of the mean, 1."""
    rng = np.random.default_rng(0)
    quadrants = rng.integers(0, 256, (16, 2, 2, 1)).repeat(3, -1).astype(np.uint8)
    tiles = torch.from_numpy(quadrants.repeat(16, 1).repeat(16, 2))
    learner = build(side=1, augment={"colour": 0.0})
    learner.encoder = ResNetEncoder(depth=18, width=8, mean=(0.5,) * 3, std=(0.25,) * 3, stem="small")
    learner.decoder = PixelDecoder(learner.encoder, 16, 3, 1)
    optimizer, losses = torch.optim.Adam(learner.parameters(), lr=5e-3), []
    for _ in range(40):
        loss = learner({"image": tiles, "privileged": 255 - tiles}, "model")["total"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[0] > 0.8
    assert np.mean(losses[-5:]) < 0.3
