"""Folders that hold a picture of each object of an image, as the Data Science Bowl 2018 has them."""

from pathlib import Path

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.core.slides.label_files.held import HeldLabels
from pipeline.core.slides.label_files.pictures import values_of
from pipeline.core.slides.label_source import Frame, LabelSource
from pipeline.core.slides.labelling import Labelling, pictures_in
from pipeline.core.slides.slide import LABELS


def read_objects(path: Path, labelling: Labelling, frame: Frame | None) -> LabelSource:
    """Labels of the pictures of a folder, in name order: an object is where one is not 0; later ones lie above.

    An empty folder beside an image says that it has no object.
    """
    files, size = pictures_in(path), frame.size if frame else None
    if not files and (frame is None or _others(path)):
        raise SlideError(
            f"no picture of an object{_others(path)}",
            where=str(path),
            fix="name the folder that holds them; files of another kind are named by a pattern, such as folder/*.xml",
        )
    kind = labelling.only(path)
    if not files:
        return HeldLabels(path, np.zeros(size[::-1] if size else (1, 1), np.uint8), sized=False)
    shape = size[::-1] if size else values_of(files[0]).shape
    instance = np.zeros(shape, np.uint32)
    for number, file in enumerate(files, 1):
        if file.suffix.lower() not in LABELS:
            raise SlideError(
                "an object in a picture whose values packing changes", where=str(file), fix="write it as PNG or TIFF"
            )
        values = values_of(file)
        if values.shape != shape:
            raise SlideError(
                f"an object in a picture of {values.shape[1]} x {values.shape[0]} px, expected {shape[1]} x {shape[0]}",
                where=str(file),
                fix="every object of an image has a picture of the image's size",
            )
        instance[values > 0] = number
    return HeldLabels(path, np.where(instance > 0, np.uint8(kind), np.uint8(0)), instance)


def _others(path: Path) -> str:
    """What lies in a folder instead."""
    found = sorted(item.name for item in path.iterdir() if not item.name.startswith("."))
    return f"; it holds {', '.join(found[:3])}{' ...' if len(found) > 3 else ''}" if found else ""
