"""A folder of exported tiles, written aside and renamed."""

import shutil
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from rich.markup import escape

from pipeline.commands.export import FORMATS
from pipeline.commands.export.complete import complete_slides
from pipeline.core.console import console
from pipeline.core.errors import ProductError, StudyError


def write_folder(to: str, folder: Path, names: Sequence[str] = ()) -> None:
    """Writes tiles as another tool reads them.

    Args:
        to: One of ``FORMATS``.
        folder: Is made; an empty one will do.
        names: Slides; all complete ones when empty.

    Raises:
        StudyError: There is no such format.
        ProductError: The folder holds something, or a slide cannot be exported.
    """
    if to not in FORMATS:
        raise StudyError(f"no format {to!r}", where="--to", fix=f"one of: {', '.join(FORMATS)}")
    slides, target = complete_slides(names), folder.resolve()
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise ProductError("there is something already", where=str(folder), fix="name another folder, or delete it")
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        module, _, function = FORMATS[to].partition(":")
        getattr(import_module(module), function)(slides, partial)
        partial.replace(target)  # over an empty folder, too
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    tiles = sum(slide.manifest.tiles for slide in slides)
    console.print(f"slides: {len(slides)}, tiles: {tiles}, for {to} in {escape(str(folder))}")
