"""After ``dvc pull`` or ``dvc checkout``: tell Snakemake that what DVC vouches for is current."""

import subprocess
import sys
from pathlib import Path

from pipeline.core.errors import ProductError
from pipeline.engine.closure import CODE
from pipeline.engine.evict import evict
from pipeline.engine.plan import Plan

SNAKEFILE = CODE.parent / "Snakefile"
AT_ONCE = "1000000"  # cores to touch with: all that is ready at once; one by one takes the square of the time
# Snakemake sleeps a tenth of a second before every job that it touches, for file systems that keep dates by the
# second; but dates that are the same are none that are newer
TOUCH = """
import sys
from snakemake.cli import main
from snakemake.executors.touch import Executor
Executor.SLEEPING_TIME = 0
sys.exit(main())
"""


def sync(plan: Plan) -> None:
    """Makes Snakemake's records agree with DVC's, without running a job.

    Touching blesses whatever lies there, so it is done only when DVC finds every stage unchanged and
    every recipe still matches.

    Args:
        plan: Of the study in the current folder.

    Raises:
        ProductError: DVC finds stages that changed, products do not match their recipe, or Snakemake failed.
    """
    if _run(str(Path(sys.executable).with_name("dvc")), "status", "--quiet", "dvc.yaml") != 0:
        raise ProductError("DVC finds stages that changed", where="dvc status", fix="run 'dvc repro'")
    phases = dict.fromkeys(job.phase for job in plan.jobs.values())
    stale = [str(path) for phase in phases for path in evict(plan, phase)]
    if stale:
        raise ProductError(f"{len(stale)} products do not match their recipe", where=stale[0], fix="run 'dvc repro'")
    touch = ("--touch", "--forceall", "--cores", AT_ONCE, "--quiet", "all")
    if _run(sys.executable, "-c", TOUCH, "--snakefile", str(SNAKEFILE), *touch) != 0:
        raise ProductError("snakemake --touch failed", where=str(Path.cwd()), fix="run 'snakemake --cores all'")


def _run(*command: str) -> int:
    """Runs a program of this environment, activated or not."""
    return subprocess.run(command, check=False).returncode  # noqa: S603
