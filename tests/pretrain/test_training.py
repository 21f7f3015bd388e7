import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from pipeline.core.digests import digest_file
from pipeline.core.errors import ProductError
from pipeline.core.files import read_json, write_json
from pipeline.core.manifests.encoders import EncoderManifest
from pipeline.core.networks.encoder import load_encoder
from pipeline.core.train import loop
from pipeline.pretrain.command import app

from .conftest import GATE, made

UNPRIVILEGED = {"objective": "unprivileged", "privileged": None, "options": {}}
UNTRAINED = {"objective": "untrained", "loss": None, "privileged": None, "options": {}}
BYOL = {"objective": "byol", "loss": None, "privileged": None, "options": {"momentum": 0.9}}
OPTIML = {"objective": "optiml", "loss": None, "options": {"d_tok": 4, "heads": 2}}
PREDICT = {"objective": "predict", "loss": None, "options": {"side": 4}}
TASK = {"kind": "annotation", "stain": None, "channel": 0, "threshold": 128, "fraction": 0.05}


def test_the_manifest_says_what_was_learned_from(study, make_job):
    job = make_job()
    manifest = made(job)
    folder = job.outputs["folder"]
    assert (manifest.status, manifest.arm, manifest.seed) == ("complete", "arm", 0)
    assert manifest.patients == ("A1", "A2")
    assert manifest.tiles == 24
    assert manifest.steps == 6
    assert manifest.weights["encoder"] == digest_file(folder / "encoder.safetensors")
    assert (manifest.history, manifest.folder, manifest.payload) == (folder / "history.csv", folder, (folder,))


def test_only_the_primary_encoder_is_exported(study, make_job):
    job = make_job()
    made(job)
    assert sorted(path.name for path in job.outputs["folder"].iterdir()) == [
        "card.json",
        "encoder.config.json",
        "encoder.safetensors",
        "history.csv",
    ]
    assert all(name.startswith("body.") for name in load_file(job.outputs["folder"] / "encoder.safetensors"))


def test_inference_needs_no_privileged_view(study, make_job):
    job = make_job()
    made(job)
    features = load_encoder(job.outputs["folder"]).embed(np.zeros((3, 16, 16, 3), np.uint8), 2)
    assert features.shape == (3, 32)
    assert features.dtype == np.float32


def test_same_seed_same_weights(study, make_job):
    first = made(make_job("one"))
    second = made(make_job("two"))
    assert first.weights == second.weights
    assert made(make_job("three", {"repeat": 1})).weights != first.weights


@pytest.mark.parametrize(
    "arm",
    [
        UNPRIVILEGED,
        {"objective": "siamese", "options": {}},
        {},
        {"options": {"heads": "per_pair"}},
        {"privileged": "real/IHC"},
        {"objective": "supervised", "loss": None, "privileged": None, "options": {}, "task": "tissue"},
        BYOL,
        {**OPTIML, "privileged": None},
        OPTIML,
        PREDICT,
    ],
)
def test_the_arms_of_a_repeat_start_from_the_same_encoder(study, make_job, arm):
    still = {"lr": 1e-30, "task": TASK if arm.get("task") else None}
    job, floor = make_job("arm", still, **arm), make_job("floor", **UNTRAINED)
    made(job)
    made(floor)
    trained, initial = (load_file(j.outputs["folder"] / "encoder.safetensors") for j in (job, floor))
    learned = [name for name in initial if "running" not in name and "num_batches" not in name]
    assert all(torch.allclose(trained[name], initial[name], rtol=0, atol=1e-20) for name in learned)


def test_every_arm_takes_the_same_number_of_steps(study, make_job):
    synthetic, real = made(make_job()), made(make_job("real", privileged="real/IHC"))
    assert synthetic.steps == real.steps == 6
    assert (synthetic.tiles, real.tiles) == (24, 12)


def test_an_arm_may_take_as_many_epochs_instead(study, make_job):
    assert made(make_job("real", privileged="real/IHC", length="epochs")).steps == 3
    assert made(make_job(length="epochs")).steps == 6  # of all tiles, they are the same


def test_an_arm_of_the_few_says_whom_it_saw(study, make_job):
    manifest = made(make_job("few", {"drawing": 0}, privileged="real/IHC", pairs=1))
    assert (manifest.patients, manifest.tiles, manifest.steps) == (("A1",), 12, 6)


def test_an_untrained_encoder_takes_no_step(study, make_job):
    assert made(make_job(**UNTRAINED)).steps == 0


@pytest.mark.parametrize("arm", [{}, BYOL, OPTIML, PREDICT], ids=["trident", "byol", "optiml", "predict"])
def test_a_killed_run_ends_as_an_undisturbed_one(study, make_job, monkeypatch, arm):
    undisturbed = made(make_job(**arm))
    save, killed = loop.save_checkpoint, []

    def killing(path, state):
        save(path, state)
        if state["step"] == 4 and not killed:
            killed.append(True)
            raise KeyboardInterrupt

    monkeypatch.setattr(loop, "save_checkpoint", killing)
    with pytest.raises(KeyboardInterrupt):
        made(make_job(**arm))
    steps = []
    method = loop.Batches.at
    monkeypatch.setattr(loop.Batches, "at", lambda self, step: steps.append(step) or method(self, step))
    assert made(make_job(**arm)).weights == undisturbed.weights
    assert steps == [4, 5]


def test_training_leaves_no_scratch(study, make_job):
    made(make_job())
    assert not list((study / "scratch" / "pretrain").iterdir())


def test_a_run_killed_before_its_manifest_stands_keeps_its_checkpoint(study, make_job, monkeypatch):
    def killed(path, content):
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.engine.run.write_json", killed)
    with pytest.raises(KeyboardInterrupt):
        made(make_job())
    assert [path.name for path in (study / "scratch").rglob("*.pt")] == ["last.pt"]
    assert not make_job().manifest.exists()


def test_a_slide_without_its_synthetic_view_is_an_error(study, make_job):
    gate = read_json(GATE)
    del gate["members"]["A2-HE"]
    write_json(GATE, gate)
    with pytest.raises(ProductError, match="no synthetic view of every tile of A2-HE"):
        made(make_job())


def test_the_command_runs_the_job_it_is_given(study, make_job):
    job = make_job(**UNTRAINED)
    result = CliRunner().invoke(app, ["train", *job.key, "--spec", job.to_json()], catch_exceptions=False)
    assert result.exit_code == 0
    assert EncoderManifest.read(job.manifest).steps == 0


@pytest.mark.parametrize("loss", ["vicreg", "infonce"])
@pytest.mark.parametrize("control", ["blank", "shuffled"])
def test_controls_train(study, make_job, loss, control):
    job, without = (
        make_job("control", loss=loss, control=control, loss_options={}),
        make_job(loss=loss, loss_options={}),
    )
    found = made(job)
    assert found.steps == 6
    assert found.weights != made(without).weights


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
def test_the_loss_falls(study, make_job, precision):
    job = make_job("falling", {"epochs": 20, "lr": 3e-3, "precision": precision})
    with torch.backends.mkldnn.flags(enabled=False):  # its gradients of a picture of one pixel are not finite in bf16
        history = pd.read_csv(made(job).history)
    total = history[next(name for name in history if name.endswith("total"))]
    assert total.tail(5).mean() < 0.9 * total.head(5).mean()
