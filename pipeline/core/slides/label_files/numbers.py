"""Arrays of numbers to labels."""

from pathlib import Path

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.core.slides.label_files.held import HeldLabels
from pipeline.core.slides.labelling import Labelling

LARGEST = np.iinfo(np.uint32).max


def labels_of(values: np.ndarray, labelling: Labelling, path: Path) -> HeldLabels:
    """The labels of numbers that the study says the meaning of.

    Args:
        values: (y, x), any number type.
        labelling: Its ``labels`` says whether they are classes or instances; ``values`` can only be those of classes.
        path: Where they come from.

    Raises:
        SlideError: Nobody says what they are, or they are no such numbers.
    """
    numbers = whole(values, path)
    if labelling.labels == "class" or (labelling.labels is None and (labelling.values or labelling.classes)):
        return HeldLabels(path, labelling.mask(numbers, path))
    if labelling.labels == "instance":
        return HeldLabels(path, np.where(numbers > 0, np.uint8(labelling.only(path)), np.uint8(0)), numbers)
    raise SlideError(
        "numbers that are either classes or ids of objects",
        where=str(path),
        fix=f"set stains.{labelling.stain}.labels in params.yaml to class or instance",
    )


def whole(values: np.ndarray, path: Path) -> np.ndarray:
    """Numbers as labels: uint32; raises SlideError where some are negative, broken or too large."""
    if values.dtype.kind not in "buif":
        raise SlideError(f"labels of {values.dtype}, expected numbers", where=str(path), fix="write them as integers")
    numbers = values if values.dtype.kind in "bu" else np.asarray(values)
    if values.dtype.kind == "f" and not (np.isfinite(values).all() and (values == np.rint(values)).all()):
        raise SlideError("labels that are no whole numbers", where=str(path), fix="write them as integers")
    if numbers.size and (numbers.min() < 0 or numbers.max() > LARGEST):
        found = f"labels from {numbers.min()} to {numbers.max()}, expected 0 to {LARGEST}"
        raise SlideError(found, where=str(path), fix="number them anew")
    return numbers.astype(np.uint32)
