"""The most memory that a command holds."""

import subprocess
import sys

LAUNCHER = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak(command, **how):
    """Runs a command; returns its exit status and bytes.

    A process counts what the one that started it held by then, so that a small one has to start it.
    """
    launched = [sys.executable, "-c", LAUNCHER, *map(str, command)]
    done = subprocess.run(launched, stdout=subprocess.PIPE, text=True, check=True, **how)
    status, kilobytes = done.stdout.split()[-2:]
    return int(status), int(kilobytes) << 10
