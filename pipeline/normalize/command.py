"""``synpriv normalize``."""

import typer

from pipeline.engine.command import Spec, find_job
from pipeline.normalize.reference import make_reference
from pipeline.normalize.slide import make_slide

app = typer.Typer(add_completion=False, help="Bring the stain of every slide to that of one reference slide.")


@app.command("reference")
def reference(spec: Spec = None) -> None:
    """Choose the reference slide: the named one, or the most typical training slide."""
    find_job("normalize_reference", spec=spec).run(make_reference)


@app.command("slide")
def one_slide(slide: str, spec: Spec = None) -> None:
    """Normalise one slide."""
    find_job("normalize", slide, spec=spec).run(make_slide)
