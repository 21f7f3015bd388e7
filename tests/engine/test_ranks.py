"""One job by two processes on the CPU, started as torchrun starts them."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from pipeline.core.files import read_json
from pipeline.core.job import Job
from pipeline.core.manifests.trained import TrainedManifest
from pipeline.core.train.batches import Batches
from pipeline.core.train.learner import Learner
from pipeline.core.train.run import train_and_export
from pipeline.core.translation.gan import ImagePool
from pipeline.engine.run import run
from tests.ranks import start

KILL = "SYNPRIV_TEST_KILL"  # environment: the step at which a rank dies


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
        if os.environ.get(KILL) == str(step):
            raise KeyboardInterrupt

    def exports(self):
        return {"right": (self.right, {"toy": "right"})}


def make(job):
    rows = Batches({"x": np.arange(100).reshape(100, 1)}, size=2, seed=0)
    trained = train_and_export(job, Pooled, rows, steps=12, seed=0)
    return TrainedManifest(patients=("p",), tiles=100, **trained.facts())


def main():
    outputs = {"manifest": Path("models/toy.json"), "folder": Path("models/toy")}
    spec = {"precision": "32-true", "checkpoint_every": 4}
    run(Job("translate", "translate", ("toy",), {"maker": f"{__name__}:make"}, {}, outputs, spec))


def ranks(folder, **environment):
    """Runs the job with two ranks in ``folder``; returns how it ended."""
    return start(folder, f"{__name__}:main", **environment)


def pools(folder):
    """Of each rank: its lines, one per step: the step and the rows in its pool."""
    return [(folder / f"pool{rank}.txt").read_text().splitlines() for rank in range(2)]


@pytest.mark.slow
def test_two_ranks_leave_one_manifest_and_no_scratch(tmp_path):
    ended = ranks(tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["toy", "toy.json", "toy.recipe.json"]
    assert read_json(tmp_path / "models/toy.json")["steps"] == 12
    assert not list((tmp_path / "scratch/translate").iterdir())


@pytest.mark.slow
def test_every_rank_keeps_its_own_pool_through_a_killed_run(tmp_path):
    assert ranks(tmp_path / "whole").returncode == 0
    assert ranks(tmp_path / "killed", **{KILL: "6"}).returncode != 0
    resumed = ranks(tmp_path / "killed")
    assert resumed.returncode == 0, resumed.stderr
    whole, killed = pools(tmp_path / "whole"), pools(tmp_path / "killed")
    held = [{int(row) for row in rank[-1].split()[1:]} for rank in whole]
    assert [len(rows) for rows in held] == [3, 3]
    assert not held[0] & held[1]  # no row is shown to both within an epoch
    assert [rank[-8:] for rank in killed] == [rank[-8:] for rank in whole]  # steps 5 to 12
    exported = [(tmp_path / name / "models/toy/right.safetensors").read_bytes() for name in ("whole", "killed")]
    assert exported[0] == exported[1]
