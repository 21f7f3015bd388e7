"""``synpriv apply``: a whole slide through a normaliser, a translator or a segmenter of a study."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.embed.command import CORES, SlideMpp, Threads

app = typer.Typer(add_completion=False)
Name = Annotated[
    str, typer.Argument(metavar="CHANGE", help="'normalize', the name of a translator, or of an arm of segment.")
]
Slide = Annotated[Path, typer.Option("--slide", help="The slide: a file, or a folder of one DICOM slide.")]
To = Annotated[Path, typer.Option("--to", help="The new file: .ome.tif; of labels .tif, or .geojson.")]
Home = Annotated[Path, typer.Option("--study", help="Folder of the study.")]
Repeat = Annotated[int, typer.Option(min=0, help="Which training, 0 for the first.")]
Mpp = Annotated[
    float | None, typer.Option(min=0.02, max=20, help="µm per pixel of the result, where the method lets one choose.")
]
Quality = Annotated[int | None, typer.Option(min=1, max=100, help="Of JPEG; 90 unless told.", show_default=False)]
Lossless = Annotated[bool, typer.Option("--lossless", help="Deflate instead of JPEG.")]
Overlap = Annotated[float, typer.Option(min=0.0, max=0.5, help="Share of a window that its neighbour sees as well.")]
Outlines = Annotated[
    bool, typer.Option("--geojson", help="Outlines for QuPath, too, beside the labels of a segmenter.")
]
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
    geojson: Outlines = False,
    overlap: Overlap = 0.5,
    batch: Batch = 16,
    threads: Threads = CORES,
) -> None:
    """Writes the slide in other colours, or in another stain, as one pyramidal OME-TIFF; or what is found in it.

    A classical normaliser keeps the slide's resolution. What was learned sees windows at the resolution of the study.
    """
    from pipeline.commands.apply.change import Asked
    from pipeline.commands.apply.lookup import names_segmenter
    from pipeline.commands.apply.output import apply_change, check_picture, check_place, packing_of

    asked = Asked(change, slide.absolute(), repeat, slide_mpp, mpp)
    if names_segmenter(change, study):
        from pipeline.commands.apply.labelled import apply_segmenter, check_labels, places_of  # PyTorch

        check_labels(quality, lossless=lossless)
        places = places_of(to, outlines=geojson)
        apply_segmenter(asked, study, places, overlap=overlap, batch=batch, threads=threads)
        return
    check_picture(change, outlines=geojson)
    packing = packing_of(quality, lossless=lossless)
    check_place(to)
    apply_change(asked, study, to.absolute(), packing, overlap=overlap, batch=batch, threads=threads)
