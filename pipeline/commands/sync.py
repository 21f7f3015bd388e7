"""``synpriv sync``."""

import typer

from pipeline.core.console import console
from pipeline.engine.plan import Plan
from pipeline.engine.sync import sync

app = typer.Typer(add_completion=False)


@app.command("sync")
def command() -> None:
    """After ``dvc pull`` or ``dvc checkout``: tells Snakemake that what DVC vouches for is current."""
    sync(Plan.here())
    console.print("Snakemake and DVC agree.")
