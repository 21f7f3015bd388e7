"""``synpriv export``: tiles for other tools, encoders for other people."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.export import FORMATS

app = typer.Typer(add_completion=False, help="Hand on tiles to other tools, and encoders to other people.")
Format = Annotated[str, typer.Option("--to", help=f"One of: {', '.join(FORMATS)}.")]
Slides = Annotated[list[str] | None, typer.Argument(help="All complete slides when empty.", show_default=False)]
Place = Annotated[Path, typer.Option("--encoder", help="Its folder, such as models/encoders/ARM/SEED.")]
Size = Annotated[int | None, typer.Option(min=1, help="Pixels along a tile's side; a card says it.")]
Licence = Annotated[str, typer.Option(help="Under which the encoder is handed on, such as CC-BY-4.0.")]
Figures = Annotated[Path, typer.Option(help="results/figures.csv of its study; those of another are left out.")]


@app.command()
def tiles(folder: Path, to: Format, slides: Slides = None) -> None:
    """Writes the tiles of this study's slides into a new folder, as another tool reads them."""
    from pipeline.commands.export.folder import write_folder

    write_folder(to, folder, slides or ())


@app.command()
def encoder(
    folder: Path,
    encoder: Place,
    size: Size = None,
    licence: Licence = "",
    figures: Figures = Path("results/figures.csv"),
) -> None:
    """Writes an encoder into a new folder: for plain PyTorch, as ONNX, and with its model card."""
    from pipeline.commands.export.encoder import export_encoder

    export_encoder(encoder, folder, size=size, licence=licence, figures=figures)
