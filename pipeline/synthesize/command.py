"""``synpriv synthesize``."""

import typer

from pipeline.engine.command import Spec, find_job
from pipeline.engine.run import run

app = typer.Typer(add_completion=False, help="Make the privileged view of every tile, and gate the translators.")


@app.command("slide")
def one_slide(translator: str, repeat: str, slide: str, spec: Spec = None) -> None:
    """Translate every tile of one slide by one repeat of a translator."""
    run(find_job("synthesize", translator, repeat, slide, spec=spec))


@app.command("gate")
def one_gate(translator: str, repeat: str, spec: Spec = None) -> None:
    """Compare the quality of one repeat of a translator with the limits; a useless one stops the run."""
    run(find_job("synthesize_gate", translator, repeat, spec=spec))
