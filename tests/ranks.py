"""Starts a test's own function in several processes, as torchrun starts the ranks of a training."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def start(folder, call, *arguments, ranks=2, **environment):
    """Runs ``call``, ``package.module:function``, by each of the ranks in ``folder``; returns how they ended."""
    folder.mkdir(exist_ok=True)
    module, _, function = call.partition(":")
    script = folder / "ranks.py"
    script.write_text(f"import sys\nfrom {module} import {function}\n{function}(*sys.argv[1:])\n")
    starter = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(ranks), script, *arguments]
    known = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", **environment}
    command = [sys.executable, *map(str, starter)]
    return subprocess.run(command, cwd=folder, env=os.environ | known, capture_output=True, text=True, timeout=240)
