"""From a slide to the file of its result."""

import os
from contextlib import chdir, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.markup import escape

from pipeline.commands.apply.change import Asked, SlideChange
from pipeline.commands.apply.lookup import find_change
from pipeline.commands.apply.rows import coloured_rows
from pipeline.commands.apply.seams import Seams
from pipeline.commands.apply.windows import Joined, Read, Windows
from pipeline.commands.embed.slide import RawSlide
from pipeline.core.console import console, track
from pipeline.core.errors import StudyError
from pipeline.core.slides.cascade import TILE
from pipeline.core.slides.ome_tiff import Picture, write_ome_tiff
from pipeline.core.slides.packing import Packing
from pipeline.core.slides.region import Region
from pipeline.study.study import PARAMS

if TYPE_CHECKING:
    from pipeline.commands.apply.denoised import Denoised

ENDINGS = (".ome.tif", ".ome.tiff", ".tif")


def check_place(to: Path, endings: tuple[str, ...] = ENDINGS) -> None:
    """Raises StudyError where a result cannot be written to ``to``, whose name ends in one of ``endings``."""
    if not to.name.endswith(endings) or to.name in endings:
        found = f"expected a name that ends in {', '.join(endings)}, found {to.name!r}"
        raise StudyError(found, where="--to", fix=f"--to {to.name.partition('.')[0] or 'slide'}{endings[0]}")
    if to.exists():
        raise StudyError("there is something already", where=f"--to {to}", fix="name another file, or delete it")
    home = next(place for place in to.absolute().parents if place.exists())  # folders below it are made
    if not home.is_dir() or not os.access(home, os.W_OK | os.X_OK):
        raise StudyError(f"nothing can be written to {home}", where=f"--to {to}", fix="name a place in another folder")


def check_picture(change: str, *, outlines: bool) -> None:
    """Raises StudyError where outlines are asked for of what finds no objects."""
    if outlines:
        fix = "leave the option out, or name an arm of segment"
        raise StudyError(f"{change!r} finds no objects", where="--geojson", fix=fix)


def packing_of(quality: int | None, *, lossless: bool) -> Packing:
    """What the options ask for; raises StudyError where they ask for both."""
    if lossless and quality is not None:
        raise StudyError("lossless files have no quality", where="--quality", fix="leave out one of the two options")
    return Packing(None) if lossless else Packing(quality) if quality else Packing()


def apply_change(
    asked: Asked, study: Path, to: Path, packing: Packing, *, overlap: float, batch: int, threads: int
) -> None:
    """Writes the result, and says what came of it.

    Args:
        asked: What is done to which slide.
        study: Folder of the study.
        to: The file, absolute.
        packing: Of its tiles.
        overlap: Share of a window that its neighbour sees as well.
        batch: Windows that a network sees at once.
        threads: Tiles decoded and encoded at once.

    Raises:
        SynprivError: As :func:`find_change`; there is no study; the slide cannot be read through.
    """
    if not (study / PARAMS).is_file():
        raise StudyError("no study here", where=str(study / PARAMS), fix="name its folder with --study")
    with chdir(study):
        found = find_change(asked, threads)
        with closing(found.raw.request.open(found.raw.image.path)) as region:
            if found.single:
                picture, seams = picture_of(found.raw, asked.mpp or region.mpp), None
                rows = coloured_rows(region, found.change, picture.mpp / region.mpp, picture.height)
            else:
                picture = picture_of(found.raw, found.raw.mpp)
                windows, read = windows_of(found.raw, region, picture, overlap)
                joined = _denoised(found, Joined(windows, read, found.change, batch=batch, threads=threads), batch)
                rows, seams = joined.rows(), joined.seams
            with closing(rows):  # threads that read have ended before the slide is closed
                shown = track(rows, found.raw.name, total=-(-picture.height // TILE))
                write_ome_tiff(to, picture, shown, packing, threads)
    _say(to, picture, seams, found.told)


def _denoised(found: SlideChange, joined: Joined, batch: int) -> "Joined | Denoised":
    """What comes of the windows: themselves, or where a diffusion goes on from there, what that makes of them."""
    if found.diffusion is None:
        return joined
    from pipeline.commands.apply.denoised import Denoised  # PyTorch, which a map of colours does without

    return Denoised(joined.windows, joined.strips(), found.diffusion, batch=batch)


def picture_of(raw: RawSlide, mpp: float) -> Picture:
    """The slide in pixels of ``mpp`` µm; the last row and column are cut where they are no whole ones."""
    level0 = raw.level0
    width, height = (max(1, int(side * level0.mpp / mpp + 1e-6)) for side in (level0.width, level0.height))
    return Picture(raw.name, width, height, mpp)


def windows_of(raw: RawSlide, region: Region, picture: Picture, overlap: float) -> tuple[Windows, Read]:
    """How windows of the size of a tile lie over the picture of a slide, and what reads them.

    Args:
        raw: The slide.
        region: The same, open.
        picture: What the windows are of.
        overlap: Share of a window that its neighbour sees as well.
    """
    windows = Windows(picture.width, picture.height, raw.size, int(raw.size * overlap))
    return windows, partial(_window, region, picture.mpp / region.mpp, raw.size)


def _window(region: Region, scale: float, size: int, x: int, y: int) -> np.ndarray:
    return region.box(x * scale, y * scale, size * scale, size)


def _say(to: Path, picture: Picture, seams: Seams | None, told: str) -> None:
    size, levels = to.stat().st_size / 1e6, len(picture.levels)
    pixels = f"{picture.width} x {picture.height} px of {picture.mpp:.4g} µm"
    console.print(f"{escape(str(to))}: {pixels}, levels: {levels}, {size:.1f} MB")
    if told:
        console.print(escape(told))
    if seams and seams.result.seam is not None and seams.source.seam is not None:
        result, source = seams.result.seam, seams.source.seam
        ratio = result / source if source else float("inf")
        console.print(f"seam: {result:.3f}, in the slide at the same places {source:.3f}, ratio {ratio:.3f}")
