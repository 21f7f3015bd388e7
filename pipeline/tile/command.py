"""``synpriv tile``: simulated slides, and tiles of any slide."""

from typing import Annotated

import typer

from pipeline.core.devices import cores
from pipeline.engine.command import Spec, find_job
from pipeline.engine.run import run

app = typer.Typer(add_completion=False, help="Cut slides into tiles.")
CORES = cores()
Threads = Annotated[int, typer.Option(min=1, help="Tiles decoded at once.")]


@app.command()
def phantom(slide: str, spec: Spec = None) -> None:
    """Makes one slide of the simulated cohort."""
    run(find_job("tile_phantom", slide, spec=spec))


@app.command("slide")
def tile(slide: str, spec: Spec = None, threads: Threads = CORES) -> None:
    """Cuts one slide into tiles; a slide that cannot be used is quarantined."""
    run(find_job("tile", slide, spec=spec), threads=threads)
