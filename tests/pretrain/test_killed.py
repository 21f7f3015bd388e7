"""kill -9 at a random step of every objective, after a checkpoint: run again, it ends as one that nothing disturbed."""

import os
import random
import signal
import subprocess
import sys
import traceback

import pytest

from pipeline.core.train.batches import Batches
from pipeline.engine.run import run
from pipeline.pretrain.objective import Objective
from tests.ranks import ROOT

from .conftest import cohort
from .every import FLOOR, STEPS, arms, jobs, write_brought

pytestmark = pytest.mark.slow
TRAINED = [name for name in arms() if name != FLOOR]
EVERY = 3  # steps between checkpoints


def made(name):
    return jobs(batch=12, epochs=STEPS // 2, checkpoint_every=EVERY)[name]  # two batches of 24 tiles in an epoch


def in_child(work):
    """Does it in a process of its own; returns how that ended."""
    child = os.fork()
    if not child:
        status = 1
        try:
            work()
            status = 0
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1]


def last_step(name):
    """A random one after the first checkpoint, counted from 1."""
    return random.Random(name).randint(EVERY + 1, STEPS)  # noqa: S311


def start_and_kill(name):
    """Trains by an objective as far as its last step, and dies within it, its gradients half applied."""
    last, clip, steps = last_step(name), Objective.clip, []

    def killing(self, parameters):
        clip(self, parameters)
        steps.append(1)
        if len(steps) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    Objective.clip = killing
    run(made(name))


def main():
    """Trains the teacher, and everything else until it is killed."""
    assert in_child(lambda: run(made(FLOOR))) == 0
    for name in TRAINED:
        assert in_child(lambda name=name: start_and_kill(name)) == signal.SIGKILL, name


def test_a_child_that_fails_does_not_end_well():
    assert os.waitstatus_to_exitcode(in_child(lambda: run(None))) == 1
    assert in_child(lambda: None) == 0


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two studies: nothing was done in the one, everything begun in the other."""
    found = [tmp_path_factory.mktemp(name) for name in ("whole", "killed")]
    for folder in found:
        with pytest.MonkeyPatch.context() as patch:
            cohort(folder, patch)
            write_brought()
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    call = [sys.executable, "-c", f"from {__name__} import main; main()"]
    ended = subprocess.run(call, cwd=found[1], env=environment, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(found[0])
        run(made(FLOOR))
    return found


@pytest.mark.parametrize("name", TRAINED)
def test_a_killed_training_goes_on_and_ends_as_one_that_was_not(folders, name, monkeypatch):
    ends, begun, stream = [], [], Batches.stream

    def noted(self, start, *more, **named):
        begun.append(start)
        return stream(self, start, *more, **named)

    monkeypatch.setattr(Batches, "stream", noted)
    for folder in folders:
        monkeypatch.chdir(folder)
        job = made(name)
        assert not job.manifest.exists()
        run(job)
        ends.append({path.name: path.read_bytes() for path in job.outputs["folder"].iterdir()})
    assert begun == [0, (last_step(name) - 1) // EVERY * EVERY]
    whole, killed = ends
    assert {"encoder.safetensors", "history.csv"} <= set(whole)
    assert whole == killed
