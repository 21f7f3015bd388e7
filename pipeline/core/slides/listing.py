"""Lists of images: a text file with a path on every line, for what no pattern can pick.

The first line may name the folder that the paths lie in, ``folder: /data/tiles``, relative to the study's folder or
absolute; without it, that is the list's own. A list stands for its images as a manifest stands for a store: jobs
depend on the list, and nobody looks at each of its hundred thousand files again to see whether it has changed.
"""

from functools import lru_cache
from pathlib import Path

from pipeline.core.errors import SlideError
from pipeline.core.files import write_text

LIST = ".txt"
FOLDER = "folder:"
HOW = "write a path below the folder on every line, with / between its parts and no '..'"


def is_list(path: Path) -> bool:
    """Whether the path is that of a list, by its ending."""
    return path.suffix.lower() == LIST


def read_list(path: Path) -> list[Path]:
    """The paths of a list in name order, whatever the order of its lines; they need not exist.

    Raises:
        SlideError: It is no text, is empty, names a path twice, or one that leaves its folder.
    """
    found = path.stat()
    return list(_read(path, found.st_mtime_ns, found.st_size))


def write_list(path: Path, folder: Path, names: list[str]) -> None:
    """Writes a list aside and renames it.

    Args:
        path: Ends in ``.txt``.
        folder: Of the paths, seen from the study's folder.
        names: The paths below it, with ``/`` between their parts.
    """
    write_text(path, "\n".join([f"{FOLDER} {folder.as_posix()}", *names]) + "\n")


@lru_cache(maxsize=1024)
def _read(path: Path, _changed: int, _size: int) -> tuple[Path, ...]:
    """Anew when the file has changed: a study's sheet is looked through several times."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise SlideError(f"not UTF-8: {error}", where=str(path), fix="save the list as UTF-8") from None
    folder, first = path.parent, 1
    if lines and lines[0].startswith(FOLDER):
        folder, first = Path(lines[0].removeprefix(FOLDER).strip()), 2
    names: dict[tuple[str, ...], None] = {}
    for number, name in enumerate(lines[first - 1 :], first):
        parts = tuple(name.strip().split("/"))
        if parts == ("",):
            continue
        if parts in names or "" in parts or "." in parts or ".." in parts or "\\" in name:
            problem = "named twice" if parts in names else "no path below the list's folder"
            raise SlideError(f"{name.strip()!r} is {problem}", where=f"{path} line {number}", fix=HOW)
        names[parts] = None
    if not names:
        raise SlideError("a list of no images", where=str(path), fix=HOW)
    return tuple(folder.joinpath(*parts) for parts in sorted(names))
