"""The ranks of one machine: started together, watched, and ended together."""

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.devices import cores, devices
from pipeline.core.errors import ProductError, StudyError, SynprivError

if TYPE_CHECKING:
    from torch.distributed.elastic.multiprocessing.errors import ProcessFailure

ALONE = "localhost:0"
RANK = "pipeline.engine.rank"
AGAIN = "run it again: it goes on from its last checkpoint"


def run_ranks(place: Path, count: int, nodes: int = 1, meeting: str = ALONE, name: str = "alone") -> None:
    """Runs the job of a file by ``count`` processes here, and waits until they are done.

    Where one dies, the others are stopped. They end, too, where this process is killed.

    Args:
        place: File with the job as JSON.
        count: Processes on this machine.
        nodes: Machines, on each of which this is called.
        meeting: Host and port where they meet.
        name: Of the meeting.

    Raises:
        StudyError: This machine has fewer devices.
        SynprivError: What a rank said of a mistake; or which rank died, and of what.
    """
    require_devices(count)
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores() // count)))
    with tempfile.TemporaryDirectory() as notes:
        config = LaunchConfig(
            min_nodes=nodes,
            max_nodes=nodes,
            nproc_per_node=count,
            logs_specs=DefaultLogsSpecs(log_dir=notes),
            run_id=name,
            rdzv_backend="c10d",
            rdzv_endpoint=meeting,
            max_restarts=0,
            local_addr="localhost" if nodes == 1 else None,
        )
        try:
            elastic_launch(config, sys.executable)("-m", RANK, str(place))
        except ChildFailedError as error:
            raise _named(error.failures, count * nodes) from None
        except SignalException as error:
            sys.exit(128 + error.sigval)


def require_devices(count: int) -> None:
    """Raises StudyError where this machine has fewer devices than ``count``."""
    kind, there = devices()
    if count > there:
        raise StudyError(
            f"expected {count} devices on this machine, found {there} {kind}",
            where="params.yaml: pretrain.devices",
            fix=f"at most {there}; or submit to a cluster that has more",
        )


def _named(failures: "dict[int, ProcessFailure]", ranks: int) -> SynprivError:
    """The first failure: a mistake that a rank could tell, else a death by a signal, else the first to end."""
    told = [failure.error_file_data for failure in failures.values() if "fix" in failure.error_file_data]
    if told:
        return ProductError(told[0]["message"], where=told[0]["where"], fix=told[0]["fix"])
    rank, failure = min(failures.items(), key=lambda found: (found[1].exitcode >= 0, found[1].timestamp))
    if failure.exitcode >= 0:
        return ProductError(f"rank {rank} of {ranks} ended with status {failure.exitcode}", fix=f"see above; {AGAIN}")
    text = f"rank {rank} of {ranks} was killed by {failure.signal_name()}"
    return ProductError(text, fix=f"{AGAIN}; if memory was short, ask for more, or make the batch smaller")


def main(place: str, count: str, nodes: str, meeting: str, name: str) -> None:
    """The ranks of one of several machines; a mistake is one screen on stderr and exit status 2."""
    from pipeline.core.console import console

    try:
        run_ranks(Path(place), int(count), int(nodes), meeting, name)
    except SynprivError as error:
        console.print(str(error), markup=False)
        sys.exit(2)


if __name__ == "__main__":
    main(*sys.argv[1:])
