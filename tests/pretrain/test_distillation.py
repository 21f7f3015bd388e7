import copy

import pytest
import torch
from safetensors.torch import load_file

from pipeline.core.networks.encoder import load_encoder, save_encoder
from pipeline.core.networks.resnet import ResNetEncoder
from pipeline.core.networks.vit import ViTEncoder
from pipeline.core.train import loop
from pipeline.pretrain.attention_transfer import AttentionTransfer
from pipeline.pretrain.feature_regression import FeatureRegression
from pipeline.pretrain.frozen import Frozen
from pipeline.pretrain.kd import KD
from pipeline.pretrain.mimkd import MIMKD, TILE
from pipeline.pretrain.objective import Settings

from .conftest import SETTINGS, made

BATCH, SIZE, CLASSES = 6, 64, 3
KINDS = {
    "mimkd": (MIMKD, {"tiles": 9, "width": 8}),
    "infonce": (MIMKD, {"tiles": 9, "width": 8, "bound": "infonce", "bank": {"negatives": 4, "width": 8}}),
    "kd": (KD, {}),
    "attention": (AttentionTransfer, {}),
    "mse": (FeatureRegression, {}),
    "cosine": (FeatureRegression, {"distance": "cosine"}),
}
TASK = {"kind": "annotation", "stain": None, "channel": 0, "threshold": 128, "fraction": 0.05}


def resnet(width=4):
    return ResNetEncoder(depth=18, width=width, mean=(1 / width,) * 3, std=(0.25,) * 3)


def transformer():
    return ViTEncoder(size="tiny", patch=16, image=SIZE, mean=(0.5,) * 3, std=(0.25,) * 3)


def build(name, classes=CLASSES, student=None, teacher=None, **changes):
    torch.manual_seed(0)
    student, teacher = student or resnet(4), teacher or resnet(8)
    kind, options = KINDS[name]
    return kind(student, Settings(**SETTINGS), Frozen(teacher), classes=classes, **{**options, **changes}).train()


@pytest.fixture
def batch():
    rng = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (BATCH, SIZE, SIZE, 3), generator=rng, dtype=torch.uint8)
    return {"image": images, "label": torch.tensor([0, 1, 2, 0, 1, 2]), TILE: torch.tensor([0, 8, 3, 4, 5, 1])}


def total(learner, batch):
    torch.manual_seed(2)  # of the augmentation
    return learner(batch, "model")["total"]


@pytest.fixture(params=KINDS)
def name(request):
    return request.param


def test_a_step_changes_the_student_and_nothing_of_its_teacher(name, batch):
    learner = build(name)
    before = copy.deepcopy(learner)
    optimizer = learner.optimizers()["model"]
    total(learner, batch).backward()
    optimizer.step()
    kept = zip(learner.teacher.state_dict().items(), before.teacher.state_dict().values(), strict=True)
    assert all(torch.equal(new, old) for (_, new), old in kept)  # buffers of batch norm among them
    moved = zip(learner.encoder.parameters(), before.encoder.parameters(), strict=True)
    assert any(not torch.equal(new, old) for new, old in moved)


def test_the_teacher_is_neither_learned_nor_exported(name):
    learner = build(name)
    owned = {id(p) for group in learner.optimizers()["model"].param_groups for p in group["params"]}
    assert not owned & {id(p) for p in learner.teacher.parameters()}
    assert {id(p) for p in learner.encoder.parameters()} < owned
    ((exported, _),) = learner.exports().values()
    assert exported is learner.encoder


def test_all_that_learns_gets_a_gradient(name, batch):
    learner = build(name)
    total(learner, batch).backward()
    lacking = [key for key, p in learner.named_parameters() if p.requires_grad and p.grad is None]
    assert lacking == []
    assert all(p.grad is None for p in learner.teacher.parameters())


def test_student_and_teacher_see_the_same_view(name, batch):
    learner, seen, drawn = build(name), [], []
    learner.augment = lambda images, kind: drawn.append(images.flip(3)) or drawn[0]
    for encoder in (learner.encoder, learner.teacher):
        method = encoder.outputs
        encoder.outputs = lambda view, method=method: seen.append(view) or method(view)
    total(learner, batch)
    assert len(drawn) == 1
    assert [view is drawn[0] for view in seen] == [True, True]


def test_labels_add_their_cross_entropy_by_its_weight(name, batch):
    found = [total(build(name, alpha=alpha), batch).item() for alpha in (0.0, 0.25, 0.5)]
    assert found[0] + found[2] == pytest.approx(2 * found[1], rel=1e-4)
    assert found[2] != pytest.approx(found[0], rel=1e-3)


@pytest.mark.parametrize("name", [name for name in KINDS if name != "kd"], indirect=True)
def test_without_labels_there_is_no_layer_for_them(name, batch):
    learner = build(name, classes=0)
    del batch["label"]
    assert not list(learner.head.parameters())
    assert "cross_entropy" not in learner(batch, "model")


def test_the_loss_is_the_same_in_bfloat16_and_in_full_precision(name, batch):
    whole = total(build(name), batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        half = total(build(name), batch)
    assert half.dtype == torch.float32
    assert half.item() == pytest.approx(whole.item(), rel=0.05)


@pytest.mark.parametrize(("student", "teacher"), [(resnet, transformer), (transformer, resnet)])
def test_teacher_and_student_may_be_of_different_families(name, batch, student, teacher):
    learner = build(name, student=student(), teacher=teacher())
    losses = learner(batch, "model")
    losses["total"].backward()
    assert all(torch.isfinite(loss) for loss in losses.values())
    assert all(p.grad is not None for p in learner.parameters() if p.requires_grad)  # ranks would wait for it


def job_of(study, make_job, name, label="arm", **arm):
    """A job of an arm whose teacher is twice as wide as its student."""
    torch.manual_seed(7)
    save_encoder(study / "teacher", ResNetEncoder(depth=18, width=8, mean=(0.5,) * 3, std=(0.25,) * 3))
    given = {"loss": None, "privileged": None, "options": {}, "teacher": "./teacher", **arm}
    return make_job(label, {"task": TASK if given.get("task") else None}, objective=name, **given)


@pytest.mark.parametrize(
    ("name", "arm", "tiles"),
    [
        ("mimkd", {}, 24),
        ("mimkd", {"task": "tissue"}, 16),
        ("kd", {"task": "tissue"}, 16),
        ("attention_transfer", {}, 24),
        ("feature_regression", {}, 24),
    ],
    ids=["mimkd", "mimkd_of_labels", "kd", "attention", "regression"],
)
def test_a_job_trains_a_student_of_its_teacher(study, make_job, name, arm, tiles):
    manifest = made(job_of(study, make_job, name, **arm))
    assert (manifest.tiles, manifest.steps) == (tiles, 6)
    assert load_encoder(manifest.folder).features == 32
    kept = load_file(manifest.folder / "encoder.safetensors")
    assert set(kept) == set(ResNetEncoder(depth=18, width=4, mean=(0.5,) * 3, std=(0.25,) * 3).state_dict())


def test_the_memory_bank_survives_a_kill(study, make_job, monkeypatch):
    options = {"bound": "infonce", "bank": {"negatives": 8, "width": 8}, "width": 8}
    undisturbed = made(job_of(study, make_job, "mimkd", options=options))
    save, killed = loop.save_checkpoint, []

    def killing(path, state):
        save(path, state)
        if state["step"] == 4 and not killed:
            killed.append(True)
            raise KeyboardInterrupt

    monkeypatch.setattr(loop, "save_checkpoint", killing)
    with pytest.raises(KeyboardInterrupt):
        made(job_of(study, make_job, "mimkd", options=options))
    assert made(job_of(study, make_job, "mimkd", options=options)).weights == undisturbed.weights


@pytest.mark.parametrize(
    ("name", "given", "unused"),
    [
        ("attention", {"classes": 0}, True),
        ("attention", {}, False),
        ("mimkd", {"classes": 0, "lambda_global": 0.0}, True),
        ("mimkd", {"classes": 0}, False),
        ("mimkd", {"lambda_global": 0.0}, False),
    ],
)
def test_what_compares_maps_alone_leaves_the_features_unused(name, given, unused, batch):
    learner = build(name, **given)
    assert learner.unused == unused
    seen = []
    outputs = learner.encoder.outputs
    learner.encoder.outputs = lambda images: seen.append(outputs(images)) or seen[-1]
    total = learner(batch, "model")["total"]
    (gradient,) = torch.autograd.grad(total, seen[-1].features, allow_unused=True)
    assert (gradient is None) == unused
