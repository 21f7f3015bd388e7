"""``synpriv segment``: segmenters, one per arm and seed."""

import typer

from pipeline.engine.command import Spec, find_job
from pipeline.engine.run import run

app = typer.Typer(add_completion=False, help="Train segmenters, one per arm and seed.")


@app.callback()
def segment() -> None:
    """Train segmenters, one per arm and seed."""


@app.command()
def train(arm: str, seed: str, spec: Spec = None) -> None:
    """Train the segmenter of ARM with SEED; a killed training goes on where it was."""
    run(find_job("segment", arm, seed, spec=spec))
