"""After ``dvc pull`` or ``dvc checkout``: tell Snakemake that what DVC vouches for is current."""

import subprocess
import sys
from pathlib import Path

import typer

from pipeline.core.console import console
from pipeline.core.errors import ProductError
from pipeline.core.phases import PHASES
from pipeline.engine.closure import CODE
from pipeline.engine.evict import evict
from pipeline.engine.plan import Plan

app = typer.Typer(add_completion=False)


@app.command()
def sync() -> None:
    """Makes Snakemake's records agree with DVC's, without running a job.

    Touching blesses whatever lies there, so it is done only when DVC finds every stage unchanged and
    every recipe still matches.
    """
    if _run("dvc", "status", "--quiet", "dvc.yaml") != 0:
        raise ProductError("DVC finds stages that changed", where="dvc status", fix="run 'dvc repro'")
    plan = Plan.here()
    stale = [str(path) for phase in PHASES for path in evict(plan, phase)]
    if stale:
        raise ProductError(f"{len(stale)} products do not match their recipe", where=stale[0], fix="run 'dvc repro'")
    snakefile = str(CODE.parent / "Snakefile")
    if _run("snakemake", "--snakefile", snakefile, "--cores", "1", "--touch", "--forceall", "--quiet", "all") != 0:
        raise ProductError("snakemake --touch failed", where=str(Path.cwd()), fix="run 'snakemake --cores all'")
    console.print("Snakemake and DVC agree.")


def _run(program: str, *arguments: str) -> int:
    """Runs a program of this environment, activated or not."""
    return subprocess.run([str(Path(sys.executable).with_name(program)), *arguments], check=False).returncode  # noqa: S603
