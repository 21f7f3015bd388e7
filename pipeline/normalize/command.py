"""``synpriv normalize``."""

import typer

from pipeline.engine.command import Spec, find_job
from pipeline.engine.run import run

app = typer.Typer(add_completion=False, help="Bring the stain of every slide to that of one reference slide.")


@app.command("fit")
def one_fit(slide: str, spec: Spec = None) -> None:
    """Fit the stain of one slide."""
    run(find_job("normalize_fit", slide, spec=spec))


@app.command("reference")
def reference(spec: Spec = None) -> None:
    """Choose the reference slide: the named one, or the most typical training slide."""
    run(find_job("normalize_reference", spec=spec))


@app.command("slide")
def one_slide(slide: str, spec: Spec = None) -> None:
    """Normalise one slide."""
    run(find_job("normalize", slide, spec=spec))
