import numpy as np
import pytest
import torch

from pipeline.core.errors import ProductError
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.pretrain.objective import Settings
from pipeline.pretrain.optiml import OPTiML, map_shape
from pipeline.pretrain.samples import Samples
from pipeline.pretrain.transport import TransportLoss

from .conftest import SETTINGS

COLOUR = {"mean": (0.5,) * 3, "std": (0.25,) * 3}
BATCH, SIZE, POSITIONS = 5, 64, 4
OPTIONS = {"d_tok": 4, "heads": 2}


def encoder(width=4, channels=3):
    return ResNetEncoder(depth=18, width=width, mean=(0.5,) * channels, std=(0.25,) * channels)


def build(*, privileged=False, primary_kind="light", marginals="cvsim", **options):
    torch.manual_seed(0)
    f, fstar = encoder(), encoder()
    return OPTiML(
        f,
        Settings(**{**SETTINGS, "primary_kind": primary_kind}),
        loss=TransportLoss(**OPTIONS, marginals=marginals),
        positions=POSITIONS,
        privileged=fstar if privileged else None,
        **options,
    )


@pytest.fixture
def batch():
    rng = torch.Generator().manual_seed(1)
    return {
        name: torch.randint(0, 256, (BATCH, SIZE, SIZE, 3), generator=rng, dtype=torch.uint8)
        for name in ("image", "privileged")
    }


@pytest.mark.parametrize("privileged", [False, True])
@pytest.mark.parametrize("marginals", ["cvsim", "gap_relevance", "uniform"])
def test_every_part_learns(batch, privileged, marginals):
    learner = build(privileged=privileged, marginals=marginals)
    learner(batch, "model")["total"].backward()
    for name, parameter in learner.named_parameters():
        assert parameter.grad is not None, name
        # adding the same to all tokens, or to all logits of a softmax, changes nothing
        if not name.endswith(("mass.bias", "in_proj_bias", "norm.bias")):
            assert float(parameter.grad.abs().max()) > 0, name


def test_without_a_view_no_second_encoder_and_no_privileged_picture(batch):
    learner, sizes = build(), []
    learner.encoder.body.layer4.register_forward_hook(lambda module, given, out: sizes.append(len(out)))
    del batch["privileged"]
    learner(batch, "model")
    assert sizes == [BATCH, BATCH]  # a forward pass for each view
    assert learner.privileged_encoder is None
    assert len(learner.expanders) == 1


def test_each_view_is_augmented_as_what_it_is_a_picture_of(batch):
    for privileged, expected in ((False, ["electron", "electron"]), (True, ["electron", "mask"])):
        learner, kinds = build(privileged=privileged, primary_kind="electron", view_kind="mask"), []
        learner.augment = lambda images, kind, kinds=kinds: kinds.append(kind) or images
        learner(batch, "model")
        assert sorted(kinds) == sorted(expected)


def test_a_control_stands_for_the_view(batch):
    learner, seen = build(privileged=True, control="blank"), []
    learner.privileged_encoder.body.conv1.register_forward_hook(lambda module, given, out: seen.append(given[0]))
    learner(batch, "model")
    assert torch.allclose(seen[0], torch.tensor(-2.0))  # black, standardised


def test_maps_are_compared_and_features_expanded(batch):
    learner, seen = build(), []
    learner.loss.register_forward_hook(lambda module, given, out: seen.extend(given))
    learner(batch, "model")
    (maps, expanded) = seen
    assert [tuple(m.shape) for m in maps] == [(BATCH, POSITIONS, 32)] * 2
    assert [tuple(z.shape) for z in expanded] == [(BATCH, POSITIONS * 4)] * 2


def test_the_shape_of_a_map_is_asked_without_a_trace():
    f = encoder().train()
    before = {name: value.clone() for name, value in f.state_dict().items()}
    assert map_shape(f, np.zeros((1, SIZE, SIZE, 3), np.uint8)) == (32, 2, 2)
    assert f.training
    assert all(torch.equal(value, before[name]) for name, value in f.state_dict().items())


def test_the_encoder_alone_is_kept():
    assert list(build(privileged=True).exports()) == ["encoder"]


def test_maps_of_different_shapes_are_an_error(make_job):
    tiles = np.zeros((2, SIZE, SIZE, 3), np.uint8)
    colours = {"image": ((0.5,) * 3, (0.25,) * 3), "privileged": ((0.5,) * 3, (0.25,) * 3)}
    samples = Samples({"image": tiles, "privileged": tiles}, colours, [], 0)
    job = make_job(objective="optiml", loss=None, options=OPTIONS)
    learner = OPTiML.make(encoder(), Settings(**SETTINGS), samples, job)
    assert learner.privileged_encoder is not None
    with pytest.raises(ProductError, match=r"\(64, 2, 2\) and \(32, 2, 2\)"):
        OPTiML.make(encoder(width=8), Settings(**SETTINGS), samples, job)


def test_the_loss_is_in_full_precision_under_autocast(batch):
    learner, seen = build(), []
    learner.loss.register_forward_hook(lambda module, given, out: seen.append((given, out)))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        total = learner(batch, "model")["total"]
    (((maps, expanded), _),) = seen
    assert {z.dtype for z in (*maps, *expanded)} == {torch.bfloat16}
    again = learner.loss([z.float() for z in maps], [z.float() for z in expanded])["total"]
    assert total.dtype == torch.float32
    assert total.item() == pytest.approx(again.item(), rel=1e-6)
