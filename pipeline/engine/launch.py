"""Several devices for one job: it starts its own ranks, on this machine or on those of its Slurm allocation."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pipeline.core.devices import gpus
from pipeline.core.digests import digest_bytes
from pipeline.core.errors import ProductError, StudyError
from pipeline.core.files import write_text
from pipeline.core.job import Job
from pipeline.engine.agent import AGAIN, run_ranks

AGENT = "pipeline.engine.agent"
PORTS = range(29_400, 31_400)  # for the machines to meet


def ranks_of(job: Job) -> tuple[int, int]:
    """Devices of each machine, and machines, that a job asks for."""
    return job.spec.get("devices", 1), job.spec.get("nodes", 1)


def launch(job: Job, scratch: Path) -> None:
    """Runs a job by a process for each of its devices, and waits until they are done.

    Args:
        job: As it is to be run by each.
        scratch: Where it lies as a file for as long; all machines see it.

    Raises:
        StudyError: The devices are not there.
        SynprivError: What a rank said of a mistake; or which rank died, and of what.
    """
    devices, nodes = ranks_of(job)
    text = job.to_json()
    place = scratch / f"{digest_bytes(text.encode())}.json"
    write_text(place, text)
    try:
        if nodes == 1:
            run_ranks(place, devices)
        else:
            _run_nodes(place, devices, nodes)
    finally:
        place.unlink(missing_ok=True)


def _run_nodes(place: Path, devices: int, nodes: int) -> None:
    require_nodes(nodes)
    hosts = allocated()[:nodes]
    ended = subprocess.run(on_nodes(place, devices, hosts), check=False)  # noqa: S603
    if ended.returncode:
        text = f"a rank on one of {', '.join(hosts)} failed; srun ended with status {ended.returncode}"
        raise ProductError(text, where=str(place), fix=f"see above; {AGAIN}")


def require_nodes(count: int) -> None:
    """Raises StudyError where Slurm has not given so many machines; one is always there."""
    hosts = allocated() if count > 1 else []
    if len(hosts) < count > 1:
        raise StudyError(
            f"expected {count} nodes, found {len(hosts) or 'none'} in an allocation of Slurm",
            where="params.yaml: pretrain.nodes",
            fix="submit it: snakemake --profile profiles/slurm; or set nodes: 1",
        )


def on_nodes(place: Path, devices: int, hosts: list[str]) -> list[str]:
    """The command that runs an agent on each of some hosts, which meet at the first."""
    count = str(len(hosts))
    name = digest_bytes(f"{os.environ.get('SLURM_JOB_ID')} {place}".encode())
    meeting = f"{hosts[0]}:{PORTS[int(name[-8:], 16) % len(PORTS)]}"
    step = ["--overlap", "--kill-on-bad-exit=1", "--cpu-bind=none", f"--nodes={count}", f"--ntasks={count}"]
    cards = [f"--gpus-per-node={devices}"] if gpus() else []
    srun = ["srun", *step, "--ntasks-per-node=1", f"--nodelist={','.join(hosts)}", *cards]
    return [*srun, sys.executable, "-m", AGENT, str(place), str(devices), count, meeting, name]


def allocated() -> list[str]:
    """The hosts of the Slurm allocation that this process is in; none outside of one."""
    listed = os.environ.get("SLURM_JOB_NODELIST")
    scontrol = shutil.which("scontrol")
    if not listed or not scontrol:
        return []
    said = subprocess.run([scontrol, "show", "hostnames", listed], check=True, capture_output=True, text=True)  # noqa: S603
    return said.stdout.split()
