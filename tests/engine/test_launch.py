"""Where the ranks of a job run, and what is told where they cannot; how they run: see test_ranks."""

import os
import sys
from pathlib import Path

import pytest

from pipeline.core.errors import StudyError
from pipeline.core.job import Job
from pipeline.engine import agent, launch
from pipeline.engine.run import run


def job(**spec):
    return Job("pretrain", "pretrain", ("arm", "0"), {}, {}, {"manifest": Path("out/a.json")}, spec)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TORCHELASTIC_RUN_ID", raising=False)
    return tmp_path


@pytest.mark.parametrize(("spec", "found"), [({}, (1, 1)), ({"devices": 4, "nodes": 2}, (4, 2))])
def test_a_job_says_what_it_asks_for(spec, found):
    assert launch.ranks_of(job(**spec)) == found


@pytest.mark.parametrize(
    ("there", "message"),
    [(("GPUs", 1), "expected 2 devices on this machine, found 1 GPUs"), (("processors", 1), "found 1 processors")],
)
def test_devices_that_are_not_there_are_told_before_anything_starts(monkeypatch, folder, there, message):
    monkeypatch.setattr(agent, "devices", lambda: there)
    with pytest.raises(StudyError, match=message) as error:
        run(job(devices=2))
    assert error.value.where == "params.yaml: pretrain.devices"
    assert error.value.fix.startswith("at most 1")
    assert list((folder / "scratch").iterdir()) == []


def test_several_nodes_are_those_of_a_slurm_job(monkeypatch):
    monkeypatch.delenv("SLURM_JOB_NODELIST", raising=False)
    with pytest.raises(StudyError, match="expected 2 nodes, found none in an allocation") as error:
        run(job(nodes=2))
    assert "snakemake --profile profiles/slurm" in error.value.fix


def test_one_agent_runs_on_each_node_and_they_meet_at_the_first(monkeypatch):
    monkeypatch.setattr(launch, "gpus", lambda: 4)
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    command = launch.on_nodes(Path("scratch/x.json"), 4, ["a", "b"])
    step, called = command[: command.index(sys.executable)], command[command.index("-m") :]
    assert step[0] == "srun"
    assert {"--nodes=2", "--ntasks=2", "--ntasks-per-node=1", "--nodelist=a,b", "--gpus-per-node=4"} <= set(step)
    assert {"--overlap", "--kill-on-bad-exit=1"} <= set(step)
    assert called[1:5] == ["pipeline.engine.agent", "scratch/x.json", "4", "2"]
    host, _, port = called[5].partition(":")
    assert host == "a"
    assert 29_400 <= int(port) < 31_400
    assert launch.on_nodes(Path("scratch/x.json"), 4, ["a", "b"]) == command
    monkeypatch.setenv("SLURM_JOB_ID", "8")
    assert launch.on_nodes(Path("scratch/x.json"), 4, ["a", "b"])[-1] != called[6]


def test_the_hosts_of_an_allocation_are_slurms(monkeypatch, folder):
    scontrol = folder / "scontrol"
    scontrol.write_text('#!/bin/sh\necho "$3" | tr , "\\n"\n')
    scontrol.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("SLURM_JOB_NODELIST", "a,b")
    assert launch.allocated() == ["a", "b"]
