"""The folder of a public data set: what lies in it, and what should and does not."""

import os
from collections.abc import Collection, Iterable, Sequence
from math import prod
from pathlib import Path

from pipeline.commands.scan import seen_from
from pipeline.core.errors import SlideError, StudyError
from pipeline.core.files import Json
from pipeline.core.slides.base import decoding
from pipeline.core.slides.listing import LIST

LISTS = Path("data/lists")  # of the study
SKIPPED = ("__MACOSX", ".", "~")  # beginnings of what archives and systems leave behind
UNFINISHED = (".partial", ".part", ".crdownload")


class Folder:
    """Looks for files, and keeps what is to be told of them. Folders are listed; no file is asked for alone.

    Args:
        root: Where the data set lies.
        study: The study's folder, not yet written; paths inside it become relative to it.

    Attributes:
        missing: What should be there and is not, or is more than it should be, in plain words.
        notes: What else a user is to know of these files.
        lists: Images that no pattern picks: path of the list in the study, to the folder and the names below it.
        settings: What these files say otherwise than the data set does, such as the order of channels; by section.
    """

    def __init__(self, root: Path, study: Path) -> None:
        self.root, self.study = root.resolve(), study
        self.missing: list[str] = []
        self.notes: list[str] = []
        self.lists: dict[Path, tuple[Path, list[str]]] = {}
        self.settings: Json = {}

    def find(self, *names: str, below: Path | None = None) -> Path | None:
        """The first folder or file of these names, spaces and underscores alike; None, and told, where there is none.

        Args:
            names: Paths below the root, the usual one first.
            below: Another folder to look in.
        """
        for name in names:
            place: Path | None = below or self.root
            for part in name.split("/"):
                place = place and _child(place, part)
            if place:
                return place
        place = (below or self.root) / names[0]
        others = f" (nor {', '.join(names[1:])})" if len(names) > 1 else ""
        self.missing.append(f"{self.told(place)} is missing{others}")
        return None

    def names(self, folder: Path, endings: Collection[str] = ("",)) -> list[str]:
        """Names in a folder with one of these endings, in order, without what archives and systems leave behind.

        There are none, and that is told, where the folder is a file, or cannot be listed.
        """
        kept = (name for name in self._all(folder) if not name.startswith(SKIPPED) and not name.endswith(UNFINISHED))
        return sorted(name for name in kept if name.lower().endswith(tuple(endings)))

    def unfinished(self, folder: Path) -> list[str]:
        """Names of downloads in a folder that have not come to their end."""
        return sorted(name for name in self._all(folder) if name.endswith(UNFINISHED))

    def stems(self, folder: Path, ending: str) -> dict[str, Path]:
        """The files of a folder with an ending, whatever its capitals, by their names without suffix; in name order."""
        return {Path(name).stem: folder / name for name in self.names(folder, (ending,))}

    def count(self, what: str, found: int, expected: int) -> None:
        """Tells where there are more or fewer of something than there should be."""
        if found != expected:
            self.missing.append(f"{what}: {found:,} instead of {expected:,}")

    def lack(self, what: str, names: Iterable[str]) -> None:
        """Tells what is missing by the first names, and how many more there are."""
        gone = sorted(names)
        if gone:
            more = f" and {len(gone) - 3:,} more" if len(gone) > 3 else ""
            self.missing.append(f"{what}: {', '.join(gone[:3])}{more} missing")

    def samples(self, path: Path) -> tuple[int, str] | None:
        """How many channels a TIFF has, and of which type, as ``uint8``; None, and told, where it cannot be opened."""
        import tifffile

        try:
            with decoding(path, "open the TIFF"), tifffile.TiffFile(path) as file:
                series = file.series[0]
                sizes = zip(series.axes, series.shape, strict=True)
                return prod(size for axis, size in sizes if axis not in "YX"), str(series.dtype)
        except SlideError as error:
            self.missing.append(f"{self.told(path)}: {error.message}")
            return None

    def path(self, place: Path) -> str:
        """A file or folder as the sheet has it."""
        return str(seen_from(self.study, place))

    def listed(self, name: str, folder: Path, names: Sequence[str]) -> str:
        """A list of images, as the sheet has it; written with the sheet.

        Args:
            name: Of the list; that of its slide will do.
            folder: Of the images.
            names: Of the images below it.

        Raises:
            StudyError: A line of the list would not be read as it is written.
        """
        path, place = LISTS / f"{name}{LIST}", seen_from(self.study, folder)
        odd = [text for text in (place.as_posix(), *names) if not _is_line(text)]
        odd += [name for name in names if "\\" in name]
        if odd:
            fix = "rename it: no space around it, no line break, no backslash, and characters of UTF-8 alone"
            raise StudyError(f"{odd[0]!a} cannot stand on a line of a list", where=str(self.root), fix=fix)
        self.lists[path] = (place, list(names))
        return path.as_posix()

    def told(self, place: Path) -> str:
        """A path for a message: below the root."""
        return place.relative_to(self.root).as_posix() if place.is_relative_to(self.root) else str(place)

    def _all(self, folder: Path) -> list[str]:
        try:
            with os.scandir(folder) as items:
                return [item.name for item in items]
        except OSError as error:
            told = f"{self.told(folder)} cannot be listed, expected a folder: {error.strerror}"
            self.missing += [told] if told not in self.missing else []
            return []


def _is_line(text: str) -> bool:
    """Whether a line of a file in UTF-8 is read as it was written."""
    return text.splitlines() == [text.strip()] and text.encode(errors="ignore").decode() == text


def _child(folder: Path, name: str) -> Path | None:
    """What bears a name in a folder, or the same with other spaces, underscores or capitals."""
    if (folder / name).exists():
        return folder / name
    alike = (item for item in sorted(folder.iterdir()) if _plain(item.name) == _plain(name)) if folder.is_dir() else ()
    return next(iter(alike), None)


def _plain(name: str) -> str:
    return name.lower().replace(" ", "").replace("_", "").replace("-", "")
