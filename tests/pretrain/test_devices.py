"""An arm that asks for two devices, by the very command of one: it starts its own ranks."""

import os
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

from pipeline.core.files import read_json
from pipeline.core.manifests.encoders import EncoderManifest
from tests.ranks import ROOT

from .conftest import made

CALL = "from pipeline.cli import main; main()"


def train(job):
    """Runs the command of a job; returns its status and what it said."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-c", CALL, "pretrain", "train", *job.key, "--spec", job.to_json()]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    return ended.returncode, ended.stderr


@pytest.mark.slow
def test_two_devices_make_the_encoder_of_one(study, make_job):
    whole = {"batch": 24, "epochs": 3}
    alone, pair = made(make_job("alone", whole)), make_job("pair", {**whole, "devices": 2})
    status, said = train(pair)
    assert status == 0, said
    together = EncoderManifest.read(pair.manifest)
    assert (together.steps, together.patients, together.tiles) == (alone.steps, alone.patients, alone.tiles)
    assert not list((study / "scratch").rglob("*.json"))
    weights = [load_file(manifest.folder / "encoder.safetensors") for manifest in (alone, together)]
    assert all(torch.allclose(tensor, weights[1][name], atol=1e-4) for name, tensor in weights[0].items())
    assert read_json(study / "models/encoders/pair/0.recipe.json")["spec"]["devices"] == 2


@pytest.mark.slow
def test_a_batch_that_diverges_is_told_once_with_its_step_slides_and_rows(study, make_job):
    status, said = train(make_job("lost", {"devices": 2, "lr": 1e30}))
    assert status == 2
    assert said.count("is not finite at step") == 1
    assert "; its batch: A" in said
    assert "-HE rows " in said
