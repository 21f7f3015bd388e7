"""A public data set as it lies in a folder: its slides, or everything that is wrong with it."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from pipeline.commands.data.dataset import DataSet
from pipeline.commands.data.folder import LISTS, Folder
from pipeline.core.errors import StudyError
from pipeline.core.files import Json
from pipeline.core.slides.listing import write_list
from pipeline.core.slides.slide import PATIENTS, SPLITS, Slide
from pipeline.study.patients import fill_patients, fill_splits
from pipeline.study.sheet import told_of
from pipeline.study.study import SHEET

SHOWN = 12  # mistakes that a message names
DRAWN = "to be drawn"  # there is no official split


@dataclass(frozen=True)
class Taken:
    """What was found.

    Args:
        dataset: Which.
        folder: Where; it knows what is missing.
        rows: Of the sheet.
    """

    dataset: DataSet
    folder: Folder
    rows: list[Slide]

    @property
    def settings(self) -> Json:
        """Of the data set, and of these files."""
        return {**self.dataset.settings, **self.folder.settings}

    @property
    def watched(self) -> list[Path]:
        """What tiles depend on: lists, or the folder of the data set where its images are not listed."""
        listed = {path.as_posix() for path in self.folder.lists}
        every = all(slide.path in listed for slide in self.rows)
        return [*([LISTS] if listed else []), *([] if every else [Path(self.folder.path(self.folder.root))])]

    def write_lists(self, study: Path) -> None:
        """Writes the images that no pattern picks, below the study's folder."""
        for path, (folder, names) in self.folder.lists.items():
            write_list(study / path, folder, names)

    def told(self) -> list[str]:
        """What a user must know of it, line by line."""
        found = self.dataset
        count = Counter[str](slide.split or DRAWN for slide in self.rows)
        splits = ", ".join(f"{count[name]} {name}" for name in (*SPLITS, DRAWN) if count[name])
        units = sorted({slide.unit for slide in self.rows} - {PATIENTS})
        return [
            f"{found.name}: {found.licence}. Slides by split: {splits}. {found.split}",
            *([f"The report speaks of {' and '.join(units)}, not of patients."] if units else []),
            *(["Taken with --partial, though this is not as it should be:"] if self.folder.missing else []),
            *_shown(self.folder.missing),
            *self.folder.notes,
            f"Its traps: synpriv data show {found.name}",
        ]


def take(dataset: DataSet, root: Path, study: Path, *, partial: bool) -> Taken:
    """Finds the slides of a data set; nothing is written.

    Args:
        dataset: Which.
        root: Where it lies.
        study: The study's folder.
        partial: It may be incomplete.

    Raises:
        StudyError: It is another one, or incomplete: names all that is missing.
        SheetError: A patient is in two splits.
        SlideError: A file that must be looked into cannot be opened.
    """
    if not root.is_dir():
        raise StudyError(f"no folder {str(root)!r}", where="--slides", fix="name the folder of the data set")
    folder = Folder(root, study)
    rows = _rows(dataset, folder)
    if not rows and not folder.missing:
        lines = [f"no slide of {dataset.name} that is taken", *_shown(folder.notes)]
        raise StudyError("\n".join(lines), where=str(root), fix=f"'synpriv data show {dataset.name}' says what is")
    if folder.missing and not (partial and rows):
        lines = [f"this is not {dataset.name}, or not all of it", *_shown(folder.missing)]
        way = f"download it whole ('synpriv data show {dataset.name}')"
        fix = f"{way}, or take what is there: --partial" if rows else way
        raise StudyError("\n".join(lines), where=str(root), fix=fix)
    plain = {slide.slide_id: slide for slide in rows}
    if len(plain) < len(rows):
        twice = [slide for slide in rows if plain[slide.slide_id] is not slide]
        name, path = twice[0].slide_id, twice[0].path
        problem = f"{len(twice):,} names of slides are taken twice, such as {name} by {path} and {plain[name].path}"
        raise StudyError(problem, where=str(root), fix="keep one of each, and move the others out of the folder")
    fill_splits(fill_patients(plain, SHEET), SHEET, seed=0, test_share=0.0)  # for its checks: a patient has one split
    return Taken(dataset, folder, rows)


def _rows(dataset: DataSet, folder: Folder) -> list[Slide]:
    """The slides; raises StudyError where a name makes no slide's, as that of a browser's second copy."""
    try:
        return dataset.rows(folder)
    except ValidationError as error:
        column, found, problem, fix = told_of(error)
        fix = f"rename the file or folder that says so, or move it away ({fix})"
        raise StudyError(f"{column} {found!a} is {problem}", where=str(folder.root), fix=fix) from None


def _shown(lines: list[str]) -> list[str]:
    more = [f"  and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return [*(f"  {line}" for line in lines[:SHOWN]), *more]
