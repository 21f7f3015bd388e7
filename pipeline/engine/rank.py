"""One of several processes that run a job together; started by :mod:`pipeline.engine.agent`."""

import json
import os
import signal
import sys
import time
from pathlib import Path
from threading import Thread

from pipeline.core.errors import SynprivError
from pipeline.core.job import Job
from pipeline.engine.run import run

MISTAKE = 2  # exit status


def main(place: str) -> None:
    """Runs the job of a file; leaves a user's mistake to the agent, which tells it once for all ranks."""
    Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    try:
        run(Job.from_json(Path(place).read_text()))
    except SynprivError as error:
        told = {"message": error.message, "where": error.where, "fix": error.fix, "timestamp": int(time.time())}
        Path(os.environ["TORCHELASTIC_ERROR_FILE"]).write_text(json.dumps(told))
        sys.exit(MISTAKE)


def _end_with(agent: int) -> None:
    """Kills this process once its agent is gone, so that none trains on beside the next try."""
    while os.getppid() == agent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
