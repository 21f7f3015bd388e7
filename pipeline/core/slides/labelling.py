"""What a study says of label files: how they are read, and what their values and names stand for."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Self

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.core.files import Json
from pipeline.core.slides.label_source import Frame, LabelSource
from pipeline.core.slides.listing import is_list
from pipeline.core.slides.slide import IMAGES, LABELS, Slide

OBJECTS = "objects"
TOLD = 12  # values that a message lists
IDS = 255  # of classes, at most
SMALL = 1 << 16  # numbers below are looked up in a table


@dataclass(frozen=True)
class Labelling:
    """How the label files of a stain are read.

    Args:
        stain: As ``params.yaml`` calls it.
        labels: What numbers are: ``class`` or ``instance``; ``objects``: folders hold a picture of each object; None
            where only the format says it.
        classes: Names of the ids 1, 2 and so on; none where they have none.
        values: Number in the file to class id, 0 for background; empty where they are class ids.
        reader: ``package.module:function`` that reads a file.
    """

    stain: str
    labels: str | None
    classes: tuple[str, ...]
    values: dict[int, int]
    reader: str

    @classmethod
    def of(cls, spec: Json) -> Self:
        """As a job's spec holds it, by :meth:`spec`."""
        values = {int(number): int(name) for number, name in spec["values"]}
        return cls(spec["stain"], spec["labels"], tuple(spec["classes"]), values, spec["reader"])

    def spec(self) -> Json:
        """Plain JSON."""
        values = sorted([number, name] for number, name in self.values.items())
        own = {"stain": self.stain, "labels": self.labels, "classes": list(self.classes)}
        return {**own, "values": values, "reader": self.reader}

    def images(self, slide: Slide) -> list[Path]:
        """The files of a slide, one for each of its images; or its folders, where each holds the objects of one."""
        return self._folders(slide) or slide.images(LABELS)

    def files(self, slide: Slide) -> list[Path]:
        """Every file that is read; a list stands for all that it names."""
        folders = [] if is_list(Path(slide.path)) else self._folders(slide)
        return [file for folder in folders for file in pictures_in(folder)] if folders else slide.files(LABELS)

    def _folders(self, slide: Slide) -> list[Path]:
        return slide.folders() if self.labels == OBJECTS else []

    def open(self, path: Path, frame: Frame | None) -> LabelSource:
        """Opens the labels of an image; raises SlideError where the file holds none, or others than it should.

        Args:
            path: One of :meth:`images`.
            frame: The image that they belong to, where it is known.
        """
        module, _, function = self.reader.partition(":")
        found: LabelSource = getattr(import_module(module), function)(path, self, frame)
        return found

    def mask(self, numbers: np.ndarray, path: Path) -> np.ndarray:
        """The class ids that numbers of a file stand for: uint8, of the shape of ``numbers``, which are uint32.

        Raises:
            SlideError: There are others than were declared.
        """
        most = len(self.classes) or IDS
        known = self.values or {number: number for number in range(most + 1)}
        small = numbers.size > 0 and numbers.max() < SMALL
        found = np.flatnonzero(np.bincount(numbers.ravel())) if small else np.unique(numbers)
        unknown = [int(number) for number in found if int(number) not in known]
        if unknown:
            expected = listed(sorted(self.values)) if self.values else f"0 to {most}"
            raise SlideError(
                f"values of no class: {listed(unknown)}; found {listed(found.tolist())}, expected {expected}",
                where=str(path),
                fix=f"say what each value is in params.yaml, stains.{self.stain}.values, such as {{0: 0, 255: 1}}",
            )
        ids = np.array([known[int(number)] for number in found], np.uint8)
        if not small:
            return np.asarray(ids[np.searchsorted(found, numbers)])
        table = np.zeros(SMALL, np.uint8)
        table[found] = ids
        return np.asarray(table[numbers])

    def named(self, name: str, path: Path) -> int:
        """The id of a class by its name, of an object without one where it is empty; raises SlideError."""
        if not name:
            return self.only(path)
        if name not in self.classes:
            raise SlideError(
                f"an object of class {name!r}, expected {' or '.join(self.classes) or 'classes with names'}",
                where=str(path),
                fix=f"name it in params.yaml: stains.{self.stain}.classes, or correct the file",
            )
        return self.classes.index(name) + 1

    def only(self, path: Path) -> int:
        """The id of objects whose class the file does not say; raises SlideError where there are several classes."""
        if len(self.classes) > 1:
            raise SlideError(
                f"objects without a class, which may be {' or '.join(self.classes)}",
                where=str(path),
                fix=f"take a file that says it, or declare one class in params.yaml: stains.{self.stain}.classes",
            )
        return 1


def pictures_in(folder: Path) -> list[Path]:
    """The pictures of a folder, in name order."""
    found = (item for item in folder.iterdir() if item.suffix.lower() in IMAGES and not item.name.startswith("."))
    return sorted(item for item in found if item.is_file())


def listed(values: Sequence[int]) -> str:
    """The first numbers, and how many more there are."""
    more = f" and {len(values) - TOLD} more" if len(values) > TOLD else ""
    return ", ".join(map(str, values[:TOLD])) + more
