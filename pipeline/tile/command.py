"""``synpriv tile``: simulated slides, and tiles of any slide."""

import typer

from pipeline.core.command import Spec, find_job

app = typer.Typer(add_completion=False, help="Cut slides into tiles.")


@app.command()
def phantom(slide: str, spec: Spec = None) -> None:
    """Makes one slide of the simulated cohort."""
    from pipeline.tile.phantom.make import make_phantom

    find_job("tile_phantom", slide, spec=spec).run(make_phantom)


@app.command("slide")
def tile(slide: str, spec: Spec = None) -> None:
    """Cuts one slide into tiles; a slide that cannot be used is quarantined."""
    from pipeline.tile.slide import make_tiles

    find_job("tile", slide, spec=spec).run(make_tiles)
