"""``synpriv export``: tiles for other tools."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.export import FORMATS

app = typer.Typer(add_completion=False)
Format = Annotated[str, typer.Option("--to", help=f"One of: {', '.join(FORMATS)}.")]
Slides = Annotated[list[str] | None, typer.Argument(help="All complete slides when empty.", show_default=False)]


@app.command()
def export(folder: Path, to: Format, slides: Slides = None) -> None:
    """Writes the tiles of this study's slides into a new folder, as another tool reads them."""
    from pipeline.commands.export.folder import write_folder

    write_folder(to, folder, slides or ())
