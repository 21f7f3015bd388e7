"""``synpriv translate``."""

import typer

from pipeline.engine.command import Spec, find_job
from pipeline.engine.run import run

app = typer.Typer(add_completion=False, help="Train image-to-image translators between stains.")


@app.callback()
def translate() -> None:
    """Train image-to-image translators between stains."""


@app.command("train")
def one_translator(translator: str, repeat: str, spec: Spec = None) -> None:
    """Train one repeat of a translator, counted from 0; a killed training goes on where it was."""
    run(find_job("translate", translator, repeat, spec=spec))
