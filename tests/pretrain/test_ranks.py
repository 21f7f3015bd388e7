"""Two processes against one, for every objective: the same batches, losses and gradients, and in the end weights.

In double precision, so that what is left of the order of sums does not hide a mistake: in single precision gradients
agree to about 1e-5 of their norm.
"""

import os
from pathlib import Path

import pytest
import torch

from pipeline.core.train.checkpoint import load_checkpoint
from pipeline.core.train.distribution import interleaved
from pipeline.engine.run import run
from tests.ranks import start

from .conftest import cohort
from .every import FLOOR, STEPS, arms, in_double, jobs, write_brought

pytestmark = pytest.mark.slow
TRAINED = [name for name in arms() if name != FLOOR]
CLOSE = {"rtol": 1e-7, "atol": 1e-9}


def train(folder, part):
    """Trains an encoder by every objective, and keeps what was seen and the state it ended in."""
    for name, job in jobs().items():
        if name != FLOOR:
            found = in_double(job, folder / "scratch" / name)
            torch.save(found, folder / f"{name}-{part}.pt")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folders of what one process has done, and two."""
    folders = one, two = [tmp_path_factory.mktemp(name) for name in ("one", "two")]
    for folder in folders:
        with pytest.MonkeyPatch.context() as patch:
            cohort(folder, patch)
            write_brought()
            run(jobs()[FLOOR])
            if folder == one:
                train(one, 0)
    ended = start(two, f"{__name__}:main")
    assert ended.returncode == 0, ended.stderr
    return folders


def main():
    """What either of two ranks does."""
    train(Path.cwd(), os.environ["RANK"])


def seen(folders, name):
    """What one process saw, and what each of two."""
    one, two = folders
    paths = [one / f"{name}-0.pt", *(two / f"{name}-{rank}.pt" for rank in range(2))]
    return [torch.load(path, weights_only=True) for path in paths]


@pytest.mark.parametrize("name", TRAINED)
def test_two_ranks_see_the_batches_of_one(trained, name):
    one, *two = seen(trained, name)
    assert len(one["images"]) == len(two[0]["images"]) == STEPS
    for step, images in enumerate(one["images"]):
        assert torch.equal(interleaved([rank["images"][step] for rank in two]), images)


@pytest.mark.parametrize("name", TRAINED)
def test_two_ranks_have_the_losses_and_gradients_of_one(trained, name):
    one, first, second = seen(trained, name)
    losses = [(a + b) / 2 for a, b in zip(first["totals"], second["totals"], strict=True)]
    assert torch.allclose(torch.stack(losses), torch.stack(one["totals"]), **CLOSE)
    for rank in (first, second):
        assert torch.allclose(rank["gradients"][0], one["gradients"][0], **CLOSE)


@pytest.mark.parametrize("name", TRAINED)
def test_two_ranks_end_in_the_weights_of_one(trained, name):
    one, two = (load_checkpoint(folder / "scratch" / name / "last.pt")["learner"] for folder in trained)
    assert all(torch.allclose(two[key], weights, **CLOSE) for key, weights in one.items())
