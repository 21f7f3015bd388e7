import math

import numpy as np
import pytest
import torch

from pipeline.core.networks.encoder import Encoder
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.pretrain.barlow import BarlowTwins
from pipeline.pretrain.infonce import InfoNCE, directed
from pipeline.pretrain.nt_xent import NTXent
from pipeline.pretrain.objective import Settings
from pipeline.pretrain.samples import Samples
from pipeline.pretrain.siamese import PrivilegedSiamese, Unprivileged
from pipeline.pretrain.trident import TriDeNT
from pipeline.pretrain.vector_encoder import VectorEncoder
from pipeline.pretrain.vicreg import VICReg

from .conftest import SETTINGS

COLOUR = {"mean": (0.5,) * 3, "std": (0.25,) * 3}
BATCH = 6
every_loss = pytest.mark.parametrize(
    "loss", [VICReg(), InfoNCE(), NTXent(), BarlowTwins()], ids=lambda loss: type(loss).__name__
)


def build(kind=TriDeNT, *, loss=None, primary_kind="light", **options):
    torch.manual_seed(0)
    f, fstar = (ResNetEncoder(depth=18, width=4, **COLOUR) for _ in range(2))
    privileged = fstar if "privileged" in kind.branches else None
    settings = Settings(**{**SETTINGS, "primary_kind": primary_kind})
    return kind(f, settings, loss=loss or VICReg(), privileged=privileged, **options)


@pytest.fixture
def batch():
    rng = torch.Generator().manual_seed(1)
    return {
        name: torch.randint(0, 256, (BATCH, 16, 16, 3), generator=rng, dtype=torch.uint8)
        for name in ("image", "privileged")
    }


def gradients(learner, batch):
    """Name of each part to the largest gradient in it."""
    learner.zero_grad(set_to_none=True)
    learner(batch, "model")["total"].backward()
    found = {}
    for name, parameter in learner.named_parameters():
        part = ".".join(name.split(".")[: 2 if name.startswith("heads") else 1])
        size = 0.0 if parameter.grad is None else float(parameter.grad.abs().max())
        found[part] = max(found.get(part, 0.0), size)
    return found


def test_the_primary_encoder_used_twice_is_one_module():
    learner = build()
    assert learner._encoder("image") is learner.encoder
    assert len({id(p) for p in learner.parameters()}) == sum(1 for _ in learner.parameters())
    assert sorted(learner.heads) == ["image", "privileged"]
    assert sum(isinstance(m, Encoder) for m in learner.modules()) == 2


@every_loss
def test_every_part_learns(batch, loss):
    found = gradients(build(loss=loss), batch)
    assert sorted(found) == ["encoder", "heads.image", "heads.privileged", "privileged_encoder"]
    assert all(found.values())


@every_loss
def test_without_the_cross_terms_the_privileged_branch_learns_nothing(batch, loss):
    learner = build(loss=loss)
    learner.table = [(0, 1)]
    found = gradients(learner, batch)
    assert found["privileged_encoder"] == found["heads.privileged"] == 0
    assert found["encoder"] > 0


@every_loss
def test_without_the_primary_pair_the_encoder_still_learns(batch, loss):
    learner = build(loss=loss)
    learner.table = [(0, 2), (1, 2)]
    assert gradients(learner, batch)["encoder"] > 0


def test_heads_per_pair_are_five_in_three_spaces(batch):
    learner = build(heads="per_pair")
    assert sorted(learner.heads) == ["image_0", "image_1", "image_2", "privileged_1", "privileged_2"]
    assert learner.table == [(0, 1), (2, 3), (4, 5)]
    assert all(gradients(learner, batch).values())


@pytest.mark.parametrize("heads", ["per_encoder", "per_pair"])
def test_the_objective_is_the_sum_of_its_pairs(batch, heads):
    learner = build(loss=InfoNCE(), heads=heads)
    totals = []
    for table in ([p] for p in learner.table):
        learner.table, kept = table, learner.table
        torch.manual_seed(3)
        totals.append(learner(batch, "model")["total"].item())
        learner.table = kept
    torch.manual_seed(3)
    assert float(learner(batch, "model")["total"]) == pytest.approx(sum(totals), rel=1e-5)


def test_each_branch_is_a_forward_pass_of_its_own(batch):
    learner, sizes = build(), []
    for encoder in (learner.encoder, learner.privileged_encoder):
        encoder.register_forward_hook(lambda module, given, out: sizes.append((module, len(given[0]))))
    learner(batch, "model")
    assert sizes == [(learner.encoder, BATCH), (learner.encoder, BATCH), (learner.privileged_encoder, BATCH)]


def test_the_unprivileged_objective_has_no_privileged_part(batch):
    learner = build(Unprivileged)
    assert learner.privileged_encoder is None
    del batch["privileged"]
    assert sorted(gradients(learner, batch)) == ["encoder", "heads.image"]


def test_the_privileged_siamese_uses_each_encoder_once(batch):
    found = gradients(build(PrivilegedSiamese), batch)
    assert all(found.values())
    assert PrivilegedSiamese.pairs == ((0, 1),)


def test_a_blank_view_says_nothing_to_infonce(batch):
    learner, seen = build(loss=lambda z, pairs: seen.extend(z) or InfoNCE()(z, pairs), control="blank"), []
    learner(batch, "model")
    assert torch.allclose(seen[2], seen[2][:1].expand_as(seen[2]))
    assert float(directed(seen[0], seen[2], 0.5)) == pytest.approx(math.log(BATCH), abs=1e-5)


def test_a_shuffled_view_belongs_to_another_tile(batch):
    learner = build(control="shuffled")
    given = torch.arange(BATCH, dtype=torch.uint8).view(-1, 1, 1, 1).expand(BATCH, 16, 16, 3)
    learner.augment = lambda images, kind: images
    seen = []
    learner.privileged_encoder.register_forward_hook(lambda module, view, out: seen.append(view[0][:, 0, 0, 0]))
    learner({**batch, "privileged": given}, "model")
    tiles = (seen[0] * 255).round()
    assert sorted(tiles.tolist()) == list(range(BATCH))
    assert not (tiles == torch.arange(BATCH)).any()


def test_views_are_drawn_independently(batch):
    learner, drawn = build(), []
    learner.augment = lambda images, kind: drawn.append(torch.rand(1)) or images
    learner(batch, "model")
    assert len({float(d) for d in drawn}) == 3


def test_each_view_is_augmented_as_what_it_is_a_picture_of(batch):
    learner, kinds = build(primary_kind="electron", view_kind="mask"), []
    learner.augment = lambda images, kind: kinds.append(kind) or images
    learner(batch, "model")
    assert kinds == ["electron", "electron", "mask"]


@every_loss
def test_the_loss_is_in_full_precision_under_autocast(batch, loss):
    learner, outputs, given = build(loss=lambda z, pairs: given.extend(z) or loss(z, pairs)), [], []
    for head in learner.heads.values():
        head.register_forward_hook(lambda module, features, out: outputs.append(out.dtype))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        total = learner(batch, "model")["total"]
    assert outputs == [torch.bfloat16] * 3
    assert {z.dtype for z in given} == {torch.float32}
    exact = loss([z.detach().double() for z in given], learner.table)["total"]
    assert total.item() == pytest.approx(exact.item(), rel=1e-4)


@pytest.mark.parametrize("kind", ["mask", "light", "fluorescence"])
def test_a_job_decides_loss_control_options_and_the_kind_of_view(make_job, kind):
    given = {"loss": "infonce", "loss_options": {"temperature": 0.25}, "control": "shuffled"}
    job = make_job(spec={"view_kind": kind}, options={"heads": "per_pair"}, **given)
    samples = Samples({}, {"privileged": ((0.5,) * 3, (0.25,) * 3)}, [], 0)
    learner = TriDeNT.make(ResNetEncoder(depth=18, width=4, **COLOUR), Settings(**SETTINGS), samples, job)
    assert (learner.view_kind, learner.control, len(learner.heads)) == (kind, "shuffled", 5)
    assert (type(learner.loss), learner.loss.temperature) == (InfoNCE, 0.25)


@pytest.mark.parametrize("control", [None, "shuffled"])
def test_a_vector_is_a_privileged_view(batch, control):
    torch.manual_seed(0)
    f, fstar = ResNetEncoder(depth=18, width=4, **COLOUR), VectorEncoder([0.5] * 5, [0.25] * 5, width=7)
    learner = TriDeNT(f, Settings(**SETTINGS), loss=VICReg(), privileged=fstar, control=control)
    found = gradients(learner, {**batch, "privileged": torch.rand(BATCH, 5)})
    assert learner.heads["privileged"][0].in_features == 7
    assert found["encoder"] > 0
    assert found["privileged_encoder"] > 0


def test_a_view_of_four_channels_and_16_bits_is_taken(batch):
    torch.manual_seed(0)
    colour = {"mean": (0.5,) * 4, "std": (0.25,) * 4}
    f, fstar = ResNetEncoder(depth=18, width=4, **COLOUR), ResNetEncoder(depth=18, width=4, **colour)
    learner = TriDeNT(
        f, Settings(**SETTINGS), loss=VICReg(), privileged=fstar, view_kind="fluorescence", control="shuffled"
    )
    view = torch.from_numpy(np.random.default_rng(0).integers(0, 65536, (BATCH, 16, 16, 4), dtype=np.uint16))
    assert gradients(learner, {**batch, "privileged": view})["privileged_encoder"] > 0
