"""A folder that is exported, written aside and renamed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from rich.markup import escape

from pipeline.commands.export import FORMATS
from pipeline.commands.export.complete import complete_slides
from pipeline.core.console import console
from pipeline.core.errors import ProductError, StudyError
from pipeline.core.files import PARTIAL, remove


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
    slides = complete_slides(names)
    with new_folder(folder) as partial:
        module, _, function = FORMATS[to].partition(":")
        getattr(import_module(module), function)(slides, partial)
    tiles = sum(slide.manifest.tiles for slide in slides)
    console.print(f"slides: {len(slides)}, tiles: {tiles}, for {to} in {escape(str(folder))}")


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A place beside the folder to write to, which becomes it when the block ends well, and is deleted otherwise.

    Raises:
        ProductError: The folder holds something.
    """
    target = folder.resolve()
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        raise ProductError("there is something already", where=str(folder), fix="name another folder, or delete it")
    partial = target.with_name(target.name + PARTIAL)
    remove(partial)
    partial.mkdir(parents=True)
    try:
        yield partial
        partial.replace(target)  # over an empty folder, too
    finally:
        remove(partial)
