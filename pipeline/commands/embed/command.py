"""``synpriv embed``: features of slides by an encoder."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from pipeline.core.devices import cores

app = typer.Typer(add_completion=False)
CORES = cores()
Place = Annotated[
    Path, typer.Option("--encoder", help="Folder of an encoder: an arm's, an exported one, or of transformers.")
]
To = Annotated[Path, typer.Option("--to", help="Folder that features are written to; gone on with where it is theirs.")]
Slides = Annotated[
    list[str] | None,
    typer.Option("--slides", help="Slide files, folders of slides, or a slide sheet.", show_default=False),
]
More = Annotated[list[str] | None, typer.Argument(help="More slides.", show_default=False)]
SlideMpp = Annotated[
    float | None,
    typer.Option(min=0.02, max=20, help="µm per pixel of slides, whatever their files say; a sheet's own counts more."),
]
Mpp = Annotated[float | None, typer.Option(min=0.02, max=20, help="µm per pixel of a tile; a card says it.")]
Size = Annotated[int | None, typer.Option(min=1, help="Pixels along a tile's side; a card says it.")]
Stride = Annotated[int | None, typer.Option(min=1, help="Pixels from tile to tile, if other than in training.")]
Normalize = Annotated[
    str | None,
    typer.Option(help="'none', or a study or encoder whose slides were prepared alike; a card says it."),
]
Batch = Annotated[int, typer.Option(min=1, help="Tiles embedded at once.")]
Threads = Annotated[int, typer.Option(min=1, help="Tiles decoded at once.")]


@app.command()
def embed(
    encoder: Place,
    to: To,
    slides: Slides = None,
    more: More = None,
    slide_mpp: SlideMpp = None,
    mpp: Mpp = None,
    size: Size = None,
    stride: Stride = None,
    normalize: Normalize = None,
    batch: Batch = 64,
    threads: Threads = CORES,
) -> None:
    """Cuts slides and normalises them as in the encoder's training, and writes the features of their tiles.

    The exit status is 1 where a slide could not be used; the others are written all the same.
    """
    from pipeline.commands.embed.folder import FeatureFolder, embed_slides, files_digest
    from pipeline.commands.embed.preparation import Asked, cautions, check_fit, find_preparation
    from pipeline.commands.embed.slides import named_slides
    from pipeline.core.console import console
    from pipeline.core.networks.encoder import load_encoder
    from pipeline.core.networks.inspection import inspect_place

    facts = inspect_place(encoder)
    preparation = find_preparation(encoder, Asked(mpp, size, stride, normalize))
    check_fit(facts, preparation.tiling.size)
    named = named_slides([*(slides or ()), *(more or ())], preparation.stain, slide_mpp)
    for caution in cautions(preparation.tiling):
        console.print(f"[yellow]warning[/] {escape(caution)}")
    network = load_encoder(encoder)
    folder = FeatureFolder(to, files_digest(facts.files), preparation)
    done, kept, lost = embed_slides(network, named, preparation, folder, batch=batch, threads=threads)
    told = f"slides: {len(done)}, there already: {len(kept)}, left out: {len(lost)}"
    console.print(f"{told}, features: {network.features}, in {escape(str(to))}")
    raise typer.Exit(1 if lost else 0)
