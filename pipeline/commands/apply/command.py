"""``synpriv apply``: a whole slide through a normaliser or a translator of a study."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.embed.command import CORES, SlideMpp, Threads

app = typer.Typer(add_completion=False)
Name = Annotated[str, typer.Argument(metavar="CHANGE", help="'normalize', or the name of a translator.")]
Slide = Annotated[Path, typer.Option("--slide", help="The slide: a file, or a folder of one DICOM slide.")]
To = Annotated[Path, typer.Option("--to", help="The new file, .ome.tif.")]
Home = Annotated[Path, typer.Option("--study", help="Folder of the study.")]
Repeat = Annotated[int, typer.Option(min=0, help="Which training of the translator.")]
Mpp = Annotated[
    float | None, typer.Option(min=0.02, max=20, help="µm per pixel of the result, where the method lets one choose.")
]
Quality = Annotated[int | None, typer.Option(min=1, max=100, help="Of JPEG; 90 unless told.", show_default=False)]
Lossless = Annotated[bool, typer.Option("--lossless", help="Deflate instead of JPEG.")]
Overlap = Annotated[float, typer.Option(min=0.0, max=0.5, help="Share of a window that its neighbour sees as well.")]
Batch = Annotated[int, typer.Option(min=1, help="Windows that a network sees at once.")]


@app.command()
def apply(
    change: Name,
    slide: Slide,
    to: To,
    study: Home = Path(),
    repeat: Repeat = 0,
    slide_mpp: SlideMpp = None,
    mpp: Mpp = None,
    quality: Quality = None,
    lossless: Lossless = False,
    overlap: Overlap = 0.5,
    batch: Batch = 16,
    threads: Threads = CORES,
) -> None:
    """Writes the slide in other colours, or in another stain, as one pyramidal OME-TIFF.

    A classical normaliser keeps the slide's resolution. What was learned sees windows at the resolution of the study.
    """
    from pipeline.commands.apply.change import Asked
    from pipeline.commands.apply.output import apply_change, check_place, packing_of

    packing = packing_of(quality, lossless=lossless)
    check_place(to)
    asked = Asked(change, slide.absolute(), repeat, slide_mpp, mpp)
    apply_change(asked, study, to.absolute(), packing, overlap=overlap, batch=batch, threads=threads)
