"""Training of translators: the job, and the command."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from pipeline.core.cohort.cohort import Cohort
from pipeline.core.digests import digest_file
from pipeline.core.files import read_json
from pipeline.core.manifests.translators import TranslatorManifest
from pipeline.core.seeds import derive
from pipeline.core.translation.translator import Translator
from pipeline.engine.run import run
from pipeline.translate.command import app
from pipeline.translate.data import read_data
from pipeline.translate.training import make_translator
from tests.translate.conftest import INDEX, SIZE, TILES, discs, training, view


def make(job) -> TranslatorManifest:
    run(job)
    return TranslatorManifest.read(job.manifest)


def digests(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): digest_file(p) for p in sorted(folder.rglob("*")) if p.is_file()}


def test_paired_sees_registered_training_slides_alone(cohort):
    data = read_data(Cohort.read(INDEX), training("pix2pix").spec, repeat=0)
    assert data.patients == ["a"]
    assert (data.arrays["source"][:] == view(discs(1), "HE")).all()
    assert (data.arrays["target"][:] == view(discs(1), "IHC")).all()


def test_unpaired_sees_every_training_slide_of_both_stains(cohort):
    data = read_data(Cohort.read(INDEX), training("cyclegan").spec, repeat=0)
    assert data.patients == ["a", "b"]
    assert (data.arrays["source"][:] == np.concatenate([view(discs(n), "HE") for n in (1, 2)])).all()
    assert (data.arrays["target"][:] == np.concatenate([view(discs(n), "IHC") for n in (1, 3)])).all()
    shown, real = data.examples.values()
    assert ((shown[..., 0] == 80) == (real[..., 0] == 120)).all()  # the panel compares registered tiles


def test_a_cyclegan_exports_both_ways_and_drops_its_checkpoint(cohort):
    job = training("cyclegan")
    manifest = make(job)
    assert set(manifest.weights) == {"generator", "backward"}
    assert manifest.weights["generator"] == digest_file(job.outputs["folder"] / "generator.safetensors")
    config = read_json(manifest.folder / "generator.config.json")
    assert config == {"network": "generators:ResNetGenerator", "arguments": {"width": 4, "blocks": 1}}
    assert manifest.payload == (manifest.folder,)
    assert (manifest.tiles, manifest.patients) == (2 * TILES, ("a", "b"))
    assert [path.name for path in manifest.samples] == [f"step_{n:06d}.png" for n in (2, 4, 6)]
    assert Image.open(manifest.samples[0]).size == (3 * SIZE + 4, 6 * (SIZE + 2) - 2)
    assert not list(Path("scratch").rglob("*.pt"))


def test_the_command_runs_the_job_it_is_given(cohort):
    job = training("pix2pix", steps=2)
    result = CliRunner().invoke(app, ["train", *job.key, "--spec", job.to_json()], catch_exceptions=False)
    assert result.exit_code == 0
    assert TranslatorManifest.read(job.manifest).steps == 2


def test_a_training_killed_before_its_manifest_stands_keeps_its_checkpoint(cohort, monkeypatch):
    job = training("pix2pix")

    def killed(path, content):
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.engine.run.write_json", killed)
    with pytest.raises(KeyboardInterrupt):
        run(job)
    assert [path.name for path in Path("scratch").rglob("*.pt")] == ["last.pt"]
    monkeypatch.undo()
    monkeypatch.chdir(cohort)
    monkeypatch.setattr(torch.optim.Adam, "step", killed)  # nothing is left to learn
    assert make(job).steps == 6


def test_pix2pix_learns_to_draw_the_other_stain(cohort):
    manifest = make(training("pix2pix", steps=120, batch=4, lr=2e-3, checkpoint_every=120))
    history = pd.read_csv(manifest.history)
    losses = history["generator/l1"]
    assert losses.iloc[-1] < losses.iloc[0] / 3
    made = Translator.load(manifest.folder)(view(discs(9), "HE"))
    assert np.abs(made.astype(float) - view(discs(9), "IHC")).mean() < 25


def test_cyclegan_learns_to_come_back(cohort):
    history = pd.read_csv(make(training("cyclegan", steps=60, lr=1e-3, checkpoint_every=60)).history)
    assert history["generator/cycle"].iloc[-1] < history["generator/cycle"].iloc[0] / 1.5


@pytest.mark.parametrize("method", ["cyclegan", "pix2pix", "syndiff"])
def test_another_repeat_learns_something_else_from_the_same_tiles(cohort, method):
    made = [make(training(method, repeat, steps=2)) for repeat in (0, 1)]
    assert [(own.translator, own.repeat) for own in made] == [(f"he2ihc_{method}", 0), (f"he2ihc_{method}", 1)]
    assert made[0].patients == made[1].patients
    assert made[0].weights.keys() == made[1].weights.keys()
    assert not set(made[0].weights.values()) & set(made[1].weights.values())


def test_another_repeat_draws_networks_and_order_anew(cohort, monkeypatch):
    """Without a step the weights are the initial ones; the order is that of the seed which the batches are given."""
    seeds = []
    monkeypatch.setattr(
        "pipeline.translate.training.train_and_export", lambda *a, seed, **k: seeds.append((a[2].seed, seed))
    )
    for name, repeat in (("pix2pix", 0), ("pix2pix", 1), ("cyclegan", 0)):
        with pytest.raises(AttributeError):  # nothing was trained
            make_translator(training(name, repeat))
    assert seeds[0] == (derive(0, "translate", "he2ihc_pix2pix", 0),) * 2
    assert len(set(seeds)) == 3


def test_a_manifest_says_who_was_seen_and_who_was_held_back(cohort):
    manifest = make(training("cyclegan", steps=2, held_back=0.2))
    assert (manifest.patients, manifest.held_back, manifest.pairs) == (("b",), ("a",), None)
    few = make(training("pix2pix", steps=2, held_back=0.2, pairs=1))
    assert (few.patients, few.held_back, few.pairs) == (("a",), (), 1)


@pytest.mark.parametrize("method", ["cyclegan", "pix2pix", "syndiff"])
def test_two_trainings_give_the_same_bytes(cohort, method):
    job = training(method)
    run(job)
    first = digests(job.outputs["folder"])
    run(job)
    assert digests(job.outputs["folder"]) == first


@pytest.mark.parametrize("method", ["cyclegan", "pix2pix", "syndiff"])
def test_a_training_that_failed_half_way_ends_as_if_it_had_not(cohort, method, monkeypatch):
    job = training(method)
    run(job)
    whole = digests(job.outputs["folder"])
    real, calls = torch.optim.Adam.step, []

    def step(*arguments, **named):
        calls.append(1)
        if len(calls) > 7:  # in the fourth of six steps
            raise KeyboardInterrupt
        return real(*arguments, **named)

    monkeypatch.setattr(torch.optim.Adam, "step", step)
    with pytest.raises(BaseException):  # noqa: B017, PT011 - whatever ends it
        run(job)
    assert not job.manifest.exists()
    monkeypatch.undo()
    monkeypatch.chdir(cohort)
    run(job)
    assert digests(job.outputs["folder"]) == whole


@pytest.mark.slow
def test_a_killed_training_ends_as_if_it_had_not_been(cohort):
    job = training("cyclegan", steps=60, checkpoint_every=5)
    run(job)
    whole = digests(job.outputs["folder"])
    job.manifest.unlink()
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "translate", "train", *job.key]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen([*command, "--spec", job.to_json()], env=environment, stderr=subprocess.DEVNULL)
    while not list(Path("scratch").rglob("last.pt")):
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert not job.manifest.exists()
    run(job)
    assert digests(job.outputs["folder"]) == whole
