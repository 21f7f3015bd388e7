"""One job by two processes on the CPU, which the job starts itself."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from subprocess import PIPE

import numpy as np
import pytest
import torch
from torch import nn

from pipeline.core.errors import ProductError
from pipeline.core.files import read_json
from pipeline.core.job import Job
from pipeline.core.manifests.trained import TrainedManifest
from pipeline.core.train.batches import Batches
from pipeline.core.train.learner import Learner
from pipeline.core.train.run import train_and_export
from pipeline.core.translation.gan import ImagePool
from pipeline.engine.run import run
from tests.ranks import ROOT

pytestmark = pytest.mark.slow
DIES, HOW = "SYNPRIV_TEST_DIES", "SYNPRIV_TEST_HOW"  # environment: rank and step, and by which signal, or by a mistake


class Pooled(Learner):
    """Two turns and a pool; every rank sees rows of its own, so its pool is its own."""

    turns = ("left", "right")

    def __init__(self):
        super().__init__()
        self.left, self.right, self.pool = nn.Linear(1, 1), nn.Linear(1, 1), ImagePool(3, (1, 1, 1))

    def optimizers(self):
        return {turn: torch.optim.SGD(getattr(self, turn).parameters(), lr=0.01) for turn in self.turns}

    def forward(self, batch, turn):
        x = batch["x"].float()
        past = self.pool(x.reshape(-1, 1, 1, 1)).reshape(-1, 1) if turn == "right" else x
        return {"total": (getattr(self, turn)(past) / 100).square().mean()}

    def after_step(self, step):
        with Path(f"pool{os.environ['RANK']}.txt").open("a") as file:
            print(step, *self.pool.images.flatten().int().tolist(), file=file)
        if os.environ.get(DIES) == f"{os.environ['RANK']} {step}":
            if os.environ[HOW] == "mistake":
                raise ProductError("a mistake", where="here", fix="none")
            if os.environ[HOW] == "sleep":
                time.sleep(600)
            os.kill(os.getpid(), signal.Signals[os.environ[HOW]])

    def exports(self):
        return {"right": (self.right, {"toy": "right"})}


def make(job):
    rows = Batches({"x": np.arange(100).reshape(100, 1)}, size=2, seed=0)
    trained = train_and_export(job, Pooled, rows, steps=12, seed=0)
    return TrainedManifest(patients=("p",), tiles=100, **trained.facts())


def main():
    outputs = {"manifest": Path("models/toy.json"), "folder": Path("models/toy")}
    spec = {"precision": "32-true", "checkpoint_every": 4, "devices": 2}
    run(Job("translate", "translate", ("toy",), {"maker": f"{__name__}:make"}, {}, outputs, spec))


def begin(folder, **environment):
    """Starts the job in ``folder``."""
    folder.mkdir(exist_ok=True)
    known = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", **environment}
    call = [sys.executable, "-c", "from tests.engine.test_ranks import main; main()"]
    return subprocess.Popen(call, cwd=folder, env=os.environ | known, stdout=PIPE, stderr=PIPE, text=True)


def ranks(folder, **environment):
    """Runs the job with two ranks in ``folder``; returns its status and what it said."""
    process = begin(folder, **environment)
    _, said = process.communicate(timeout=240)
    return process.returncode, said


def running(folder):
    """Processes of the job in ``folder``."""
    return [place.name for place in Path("/proc").glob("[0-9]*") if _target(place / "cwd") == folder]


def _target(link):
    try:
        return link.readlink()
    except OSError:
        return None


def pools(folder):
    """Of each rank: its lines, one per step: the step and the rows in its pool."""
    return [(folder / f"pool{rank}.txt").read_text().splitlines() for rank in range(2)]


def exported(folder):
    return (folder / "models/toy/right.safetensors").read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of a run that nothing disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    status, said = ranks(folder)
    assert status == 0, said
    return folder


def test_two_ranks_leave_one_manifest_and_no_scratch(whole):
    assert sorted(path.name for path in (whole / "models").iterdir()) == ["toy", "toy.json", "toy.recipe.json"]
    assert read_json(whole / "models/toy.json")["steps"] == 12
    assert [path.name for path in (whole / "scratch").rglob("*")] == ["translate"]


def test_a_killed_rank_is_named_and_every_rank_keeps_its_own_pool(whole, tmp_path):
    began = time.monotonic()
    status, said = ranks(tmp_path, **{DIES: "1 6", HOW: "SIGKILL"})
    assert time.monotonic() - began < 60
    assert status != 0
    assert "rank 1 of 2 was killed by SIGKILL" in said
    assert "it goes on from its last checkpoint" in said
    assert running(tmp_path) == []
    status, said = ranks(tmp_path)
    assert status == 0, said
    undisturbed, resumed = pools(whole), pools(tmp_path)
    held = [{int(row) for row in rank[-1].split()[1:]} for rank in undisturbed]
    assert [len(rows) for rows in held] == [3, 3]
    assert not held[0] & held[1]  # no row is shown to both within an epoch
    assert [rank[-8:] for rank in resumed] == [rank[-8:] for rank in undisturbed]  # steps 5 to 12
    assert exported(tmp_path) == exported(whole)


def test_a_mistake_of_a_rank_is_told_as_the_jobs(tmp_path):
    status, said = ranks(tmp_path, **{DIES: "0 2", HOW: "mistake"})
    assert status != 0
    assert said.splitlines()[-3:] == [
        "pipeline.core.errors.ProductError: a mistake",
        "  where: here",
        "  fix:   none",
    ]


def test_ranks_end_with_the_job_that_started_them(tmp_path):
    process = begin(tmp_path, **{DIES: "1 6", HOW: "sleep"})  # and rank 0 waits for rank 1
    wait_for(lambda: (tmp_path / "pool1.txt").exists() and len(pools(tmp_path)[1]) == 6)
    process.kill()
    process.communicate()  # the ranks, who share what it writes to, have ended, too
    assert running(tmp_path) == []
    assert not (tmp_path / "models/toy.json").exists()


def wait_for(sign):
    until = time.monotonic() + 60
    while not sign():
        assert time.monotonic() < until
        time.sleep(0.05)
