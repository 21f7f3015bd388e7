"""``synpriv heatmap``: a task of the study over slides."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.embed.command import CORES, Batch, More, Place, SlideMpp, Slides, Stride, Threads

app = typer.Typer(add_completion=False)
Task = Annotated[str, typer.Option("--task", help="Name of the task in params.yaml.")]
To = Annotated[Path, typer.Option("--to", help="Folder for {slide}.png and {slide}.geojson.")]
Shown = Annotated[str | None, typer.Option("--class", help="Show the probability of this class in the picture.")]


@app.command()
def heatmap(
    encoder: Place,
    task: Task,
    to: To,
    slides: Slides = None,
    more: More = None,
    shown: Shown = None,
    slide_mpp: SlideMpp = None,
    stride: Stride = None,
    batch: Batch = 64,
    threads: Threads = CORES,
) -> None:
    """Asks a linear probe of a task what it says of every tile of a slide: a picture, and tiles for QuPath.

    Run in the study's folder: the probe learns from its labelled training tiles, as 'evaluate' has it. A slide that
    has a map already keeps it. The exit status is 1 where a slide could not be used.
    """
    from pipeline.commands.heatmap.maps import draw_maps

    lost = draw_maps(
        encoder,
        task,
        to,
        [*(slides or ()), *(more or ())],
        shown=shown,
        slide_mpp=slide_mpp,
        stride=stride,
        batch=batch,
        threads=threads,
    )
    raise typer.Exit(1 if lost else 0)
