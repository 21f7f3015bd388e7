"""``synpriv report``: one page to look at."""

import typer

from pipeline.engine.command import Spec, find_job
from pipeline.engine.run import run

app = typer.Typer(add_completion=False, help="Report: one page to look at.")


@app.callback()
def report() -> None:
    """One page to look at."""


@app.command()
def build(spec: Spec = None) -> None:
    """Writes results/report/index.html: self-contained, for a screen and for paper."""
    run(find_job("report", spec=spec))
