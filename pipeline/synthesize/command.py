"""``synpriv synthesize``."""

import typer

from pipeline.engine.command import Spec, find_job

app = typer.Typer(add_completion=False, help="Make the privileged view of every tile, and judge the translators.")


@app.command("slide")
def one_slide(translator: str, slide: str, spec: Spec = None) -> None:
    """Translate every tile of one slide."""
    from pipeline.synthesize.slide import make_slide

    find_job("synthesize", translator, slide, spec=spec).run(make_slide)


@app.command("gate")
def one_gate(translator: str, spec: Spec = None) -> None:
    """Compare a translator's pooled quality with the limits; a useless one stops the run."""
    from pipeline.synthesize.gate import make_gate

    find_job("synthesize_gate", translator, spec=spec).run(make_gate)
