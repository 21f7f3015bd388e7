"""A job that was killed and started again ends as if nothing had happened."""

import json
import os
import signal
import subprocess
import time

import pytest

from .conftest import BIN

pytestmark = pytest.mark.slow


def start_and_kill(tree, command, sign):
    """Starts a command and kills it with -9 as soon as ``sign()`` is true."""
    environment = {**os.environ, "PYTHONPATH": str(tree.root), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen([BIN / "synpriv", *command], cwd=tree.study, env=environment) as process:
        while not sign():
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


def manifest(tree, path):
    return json.loads((tree.study / path).read_text())


def test_a_killed_training_job(tree):
    tree.params(lambda content: content["pretrain"].update(epochs=20, checkpoint_every=3))
    tree.snakemake("data/privileged/he2ihc/0/index.json")
    command = ("pretrain", "train", "synthetic", "0")
    tree.run("synpriv", *command)
    whole = manifest(tree, "models/encoders/synthetic/0.json")
    scratch = tree.study / "scratch/pretrain"
    start_and_kill(tree, command, lambda: any(scratch.glob("*/last.pt")))
    assert not (tree.study / "models/encoders/synthetic/0.json").exists()
    assert "resuming at step" in tree.run("synpriv", *command)
    assert manifest(tree, "models/encoders/synthetic/0.json") == whole


def test_a_killed_tiling_job(tree):
    tree.params(lambda content: content["tile"].update(stride=4, min_tissue=0.0))
    command = ("tile", "slide", "a-HE")
    tree.run("synpriv", *command)
    whole = manifest(tree, "data/tiles/a-HE.json")
    partial = tree.study / "data/tiles/a-HE.zarr.partial"
    start_and_kill(tree, command, partial.exists)
    assert partial.exists()
    assert not (tree.study / "data/tiles/a-HE.json").exists()
    tree.run("synpriv", *command)
    assert manifest(tree, "data/tiles/a-HE.json") == whole
    assert not partial.exists()
