"""A toy that learns: two turns, dropout so that the random state matters, an average, a validation, pictures."""

import pytest
import torch
from torch import nn

from pipeline.core.train.batches import Batches
from pipeline.core.train.ema import Ema
from pipeline.core.train.learner import Learner
from pipeline.core.train.loop import fit


class Tug(Learner):
    """Two turns, each with parameters of its own."""

    turns = ("left", "right")

    def __init__(self):
        super().__init__()
        self.left, self.right = nn.Linear(3, 3), nn.Linear(3, 3)
        self.seen = []

    def optimizers(self):
        return {turn: torch.optim.Adam(getattr(self, turn).parameters(), lr=0.01) for turn in ("left", "right")}

    def rate(self, progress):
        return 1.0 - progress

    def forward(self, batch, turn):
        self.seen.append((turn, self.left.weight.requires_grad, self.right.weight.requires_grad))
        x = nn.functional.dropout(batch["x"].float(), 0.5)
        loss = (self.right(self.left(x)) ** 2).mean()
        return {"square": loss, "total": loss if turn == "left" else -loss}

    def exports(self):
        return {"left": (self.left, {"toy": "left"})}


class Validating(Tug):
    """Its score falls until step 6 and rises again; it exports the average and draws random numbers wherever it can."""

    validates_every = 3

    def __init__(self):
        super().__init__()
        self.ema = Ema(self.left, 0.5)
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def after_step(self, step):
        self.steps += 1
        self.ema.update(self.left)

    def validate(self):
        assert not self.training
        assert not torch.is_grad_enabled()
        torch.rand(5)  # looking draws random numbers and must not change the run
        return abs(int(self.steps) - 6) + 0.25

    def sample(self, folder, step):
        assert not self.training
        torch.rand(7)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{step:03d}.txt").write_text(str(step))

    def exports(self):
        return {"left": (self.ema.network, {"toy": "left"})}


def rows():
    return Batches({"x": torch.arange(30).reshape(10, 3).numpy()}, size=4, seed=0)


class Killed(BaseException):
    pass


@pytest.fixture
def train(tmp_path):
    """Fits a toy in a folder of ``tmp_path``."""

    def run(kind=Tug, folder="scratch", steps=12, seed=0, batches=None, **more):
        how = {"every": 5, "log_every": 4, **more}
        return fit(kind, batches or rows(), steps=steps, seed=seed, scratch=tmp_path / folder, **how)

    return run


def same(one, other):
    """Whether two modules hold the same bits."""
    a, b = one.state_dict(), other.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
