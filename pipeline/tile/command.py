"""``synpriv tile``: simulated slides, tiles of any slide, and tiles for other tools."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.export import FORMATS
from pipeline.engine.command import Spec, find_job

app = typer.Typer(add_completion=False, help="Cut slides into tiles.")
Format = Annotated[str, typer.Option("--to", help=f"One of: {', '.join(FORMATS)}.")]
CORES = os.cpu_count() or 1
Threads = Annotated[int, typer.Option(min=1, help="Tiles decoded at once.")]
Slides = Annotated[list[str] | None, typer.Argument(help="All complete slides when empty.", show_default=False)]


@app.command()
def phantom(slide: str, spec: Spec = None) -> None:
    """Makes one slide of the simulated cohort."""
    from pipeline.phantom.make import make_phantom

    find_job("tile_phantom", slide, spec=spec).run(make_phantom)


@app.command("slide")
def tile(slide: str, spec: Spec = None, threads: Threads = CORES) -> None:
    """Cuts one slide into tiles; a slide that cannot be used is quarantined."""
    from pipeline.tile.slide import make_tiles

    find_job("tile", slide, spec=spec).run(partial(make_tiles, threads=threads))


@app.command("export")
def export_tiles(folder: Path, to: Format, slides: Slides = None) -> None:
    """Writes the tiles of this study's slides into a new folder, as another tool reads them."""
    from pipeline.commands.export.folder import export

    export(to, folder, slides or ())
