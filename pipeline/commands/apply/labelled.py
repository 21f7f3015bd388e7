"""From a slide to the files of what a segmenter finds in it."""

from contextlib import chdir, closing
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np
from rich.markup import escape

from pipeline.commands.apply.change import Asked
from pipeline.commands.apply.labels.found import Found, PieceTiles
from pipeline.commands.apply.labels.geojson import write_outlines
from pipeline.commands.apply.labels.stitched import Stitched
from pipeline.commands.apply.labels.tiff import write_labels
from pipeline.commands.apply.output import check_place, picture_of, windows_of
from pipeline.commands.apply.segmented import Segmented, find_segmenter
from pipeline.commands.apply.windows import Blended
from pipeline.core.console import console, track
from pipeline.core.errors import StudyError
from pipeline.core.slides.cascade import Spool
from pipeline.core.slides.ome_tiff import Picture

OUTLINES = ".geojson"
ENDINGS = (".tif", ".tiff", OUTLINES)


def check_labels(quality: int | None, *, lossless: bool) -> None:
    """Raises StudyError where options are of pictures."""
    for name, asked in (("--quality", quality is not None), ("--lossless", lossless)):
        if asked:
            raise StudyError("labels are always lossless", where=name, fix="leave the option out")


def places_of(to: Path, *, outlines: bool) -> list[Path]:
    """The files that are asked for, absolute: a label image, and outlines beside it; or outlines alone, where ``to`` is
    theirs.

    Raises:
        StudyError: Nothing can be written there.
    """
    beside = to.with_name(to.name.removesuffix(to.suffix).removesuffix(".ome") + OUTLINES)
    places = [to, beside] if outlines and to.suffix != OUTLINES else [to]
    for place in places:
        check_place(place, ENDINGS)
    return [place.absolute() for place in places]


def apply_segmenter(asked: Asked, study: Path, places: list[Path], *, overlap: float, batch: int, threads: int) -> None:
    """Writes what is found, and says what came of it.

    Args:
        asked: What is done to which slide.
        study: Folder of the study.
        places: Of the files: one that ends in .geojson is of outlines.
        overlap: Share of a window that its neighbour sees as well.
        batch: Windows that a network sees at once.
        threads: Windows read at once.

    Raises:
        SynprivError: As :func:`find_segmenter`; the slide cannot be read through.
    """
    with chdir(study):
        asked_for = find_segmenter(asked, threads)
        picture = picture_of(asked_for.slide.raw, asked_for.slide.raw.mpp)
        scale = picture.mpp / asked_for.slide.raw.level0.mpp
        home = next(
            folder for folder in places[0].parents if folder.exists()
        )  # where there is room for what is written
        with TemporaryFile(dir=home) as kept:
            tiles = PieceTiles(Spool(kept), picture.width, picture.height)
            found = _found(asked_for, picture, tiles, overlap=overlap, batch=batch, threads=threads)
            for place in places:
                if place.suffix == OUTLINES:
                    write_outlines(place, found, scale, asked_for.classes)
                else:
                    write_labels(place, found, picture.mpp, asked_for.classes)
    _say(places, picture, asked_for, found)


def _found(
    asked_for: Segmented, picture: Picture, tiles: PieceTiles, *, overlap: float, batch: int, threads: int
) -> Found:
    """The objects of the slide; of it, a row of windows is held, and a row of tiles with its margins."""
    raw = asked_for.slide.raw
    with closing(raw.request.open(raw.image.path)) as region:
        windows, read = windows_of(raw, region, picture, overlap)
        blended = Blended(windows, read, asked_for.slide.change, batch=batch, threads=threads)
        network = asked_for.network
        with closing(blended.strips()) as strips:  # threads that read have ended before the slide is closed
            shown = track(strips, raw.name, total=len(windows.y))
            return Stitched(network.labels, network.classes, tiles).found(maps for maps, _ in shown)


def _say(places: list[Path], picture: Picture, asked_for: Segmented, found: Found) -> None:
    sizes = ", ".join(f"{escape(str(place))} ({place.stat().st_size / 1e6:.1f} MB)" for place in places)
    console.print(f"{sizes}: {picture.width} x {picture.height} px of {picture.mpp:.4g} µm")
    of = np.bincount(found.objects.classes, minlength=len(asked_for.classes) + 1)[1:].tolist()
    counts = ", ".join(f"{name} {count}" for name, count in zip(asked_for.classes, of, strict=True))
    console.print(escape(f"{asked_for.slide.told}; objects: {found.count} ({counts})"))
