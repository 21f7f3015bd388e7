"""A batch in parts is the batch: same gradients, one line, one clip, one step."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from pipeline.core.errors import StudyError
from pipeline.core.train.batches import Batches
from pipeline.core.train.distribution import Placement
from pipeline.core.train.learner import Learner
from pipeline.core.train.loop import fit
from pipeline.core.train.share import numbers, own, whole
from tests.ranks import start

CPU = torch.device("cpu")


class Noisy(Learner):
    """Fits lines to rows that are disturbed at random; its loss is a mean over rows."""

    def __init__(self):
        super().__init__()
        self.line = nn.Linear(2, 1)
        self.sizes, self.gradients = [], []

    def optimizers(self):
        return {"model": torch.optim.SGD(self.parameters(), lr=0.1)}

    def forward(self, batch, turn):
        rows = batch["x"] + own(numbers(whole(len(batch["x"])), 2, device=CPU))
        self.sizes.append(len(rows))
        return {"total": (self.line(rows) - batch["y"]).square().mean()}

    def clip(self, parameters):
        self.gradients.append(torch.cat([p.grad.flatten() for p in parameters]))

    def exports(self):
        return {}


def make_batches():
    rng = np.random.default_rng(0)
    arrays = {"x": rng.normal(size=(24, 2)).astype(np.float32), "y": rng.normal(size=(24, 1)).astype(np.float32)}
    return Batches(arrays, size=12, seed=0)


@pytest.fixture
def fitted(train):
    def run(accumulate):
        return train(Noisy, folder=str(accumulate), steps=10, batches=make_batches(), accumulate=accumulate)

    return run


@pytest.mark.parametrize("parts", [2, 3, 12])
def test_gradients_and_losses_are_those_of_the_whole_batch(fitted, parts):
    (one, history), (other, again) = fitted(1), fitted(parts)
    assert one.sizes == [12] * 10
    assert other.sizes == [12 // parts] * 10 * parts
    assert len(one.gradients) == len(other.gradients) == 10
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(one.gradients, other.gradients, strict=True))
    assert torch.allclose(one.line.weight, other.line.weight, atol=1e-6)
    assert [line["step"] for line in history] == [line["step"] for line in again] == [4, 8, 10]
    assert [line["model/total"] for line in history] == pytest.approx([line["model/total"] for line in again], abs=1e-6)


def test_parts_that_do_not_divide_the_batch_are_refused(fitted):
    with pytest.raises(StudyError, match="a batch of 12 cannot be shared evenly by 1 devices in 5 parts") as error:
        fitted(5)
    assert error.value.fix == "a multiple of 5"


def rank(folder):
    """What a rank of two does that shows three parts at a time: its weights, and their gradients at every step."""
    scratch, placement = Path(folder) / "scratch", Placement.here()
    how = {"steps": 10, "seed": 0, "scratch": scratch, "accumulate": 3, "placement": placement}
    learner, _ = fit(Noisy, make_batches(), **how)
    np.save(f"{folder}/rank{os.environ['RANK']}.npy", torch.cat([*learner.gradients, learner.line.weight[0]]).detach())


@pytest.mark.slow
def test_parts_of_ranks_are_the_whole_batch(fitted, tmp_path):
    ended = start(tmp_path, f"{__name__}:rank", tmp_path)
    assert ended.returncode == 0, ended.stderr[-2000:]
    one, _ = fitted(1)
    expected = torch.cat([*one.gradients, one.line.weight[0]]).detach().numpy()
    for number in range(2):
        assert np.load(tmp_path / f"rank{number}.npy") == pytest.approx(expected, abs=1e-6)
