from pathlib import Path

import pytest
from safetensors.torch import load_file

from pipeline.core.digests import digest_file
from pipeline.core.errors import ProductError
from pipeline.core.files import read_json
from pipeline.core.job import Job
from pipeline.core.train import run
from pipeline.core.train.run import train_and_export

from .conftest import Killed, Tug, Validating, rows


@pytest.fixture
def job(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outputs = {"manifest": Path("models/toy.json"), "folder": Path("models/toy")}
    spec = {"precision": "32-true", "checkpoint_every": 5}
    return Job("translate", "toy", ("toy",), {}, {}, outputs, spec, scratch=Path("scratch/toy"))


def train(job, kind=Validating, **more):
    return train_and_export(job, kind, rows(), **{"steps": 12, "seed": 0, **more})


def content(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_it_exports_is_what_it_says(job):
    trained = train(job)
    assert trained.folder == Path("models/toy")
    assert trained.weights == {"left": digest_file(Path("models/toy/left.safetensors"))}
    assert read_json(Path("models/toy/left.config.json")) == {"toy": "left"}
    columns = "step,left/square,left/total,right/square,right/total,validation"
    assert trained.history.read_text().splitlines()[0] == columns
    assert trained.samples == tuple(Path(f"models/toy/samples/{step:03d}.txt") for step in (5, 10, 12))
    assert sorted(content(trained.folder)) == [
        "history.csv", "left.config.json", "left.safetensors", *(f"samples/{s}.txt" for s in ("005", "010", "012"))
    ]  # fmt: skip


def test_a_learner_may_export_its_average(job):
    made = []

    def build():
        made.append(Validating())
        return made[-1]

    train(job, build)
    weights = load_file(Path("models/toy/left.safetensors"))
    assert (weights["weight"] == made[0].ema.network.weight).all()
    assert (weights["weight"] != made[0].left.weight).any()


def test_a_learner_that_draws_nothing_has_no_samples(job):
    trained = train(job, Tug)
    assert trained.samples == ()
    assert sorted(content(trained.folder)) == ["history.csv", "left.config.json", "left.safetensors"]


def test_the_checkpoint_stays_for_whoever_writes_the_manifest(job):
    train(job)
    assert (job.scratch / "last.pt").exists()


def test_a_job_killed_while_it_exports_ends_as_an_undisturbed_one(job, monkeypatch):
    train(job)
    whole = content(Path("models/toy"))
    (job.scratch / "last.pt").unlink()

    def killed(*arguments):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(run, "write_history", killed)
        with pytest.raises(Killed):
            train(job)
    assert content(Path("models/toy")) == whole  # the old one stands until the new one is whole
    train(job)
    assert content(Path("models/toy")) == whole
    assert not Path("models/toy.partial").exists()


def test_an_old_folder_is_replaced_as_a_whole(job):
    stale = Path("models/toy/samples/999.txt")
    stale.parent.mkdir(parents=True)
    stale.write_text("of another training")
    train(job)
    assert not stale.exists()


def test_a_job_without_scratch_is_an_error(job):
    from dataclasses import replace

    with pytest.raises(ProductError, match="no folder for its checkpoint"):
        train(replace(job, scratch=None))
