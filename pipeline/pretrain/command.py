"""``synpriv pretrain``: encoders, one per arm and seed."""

import typer

from pipeline.engine.command import Spec, find_job
from pipeline.engine.run import run

app = typer.Typer(add_completion=False, help="Train encoders, one per arm and seed.")


@app.callback()
def pretrain() -> None:
    """Train encoders, one per arm and seed."""


@app.command()
def train(arm: str, seed: str, spec: Spec = None) -> None:
    """Train the encoder of ARM with SEED and export it alone."""
    run(find_job("pretrain", arm, seed, spec=spec))
