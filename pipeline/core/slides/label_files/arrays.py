"""Arrays in NumPy's files: class ids, ids of objects, or these class by class as PanNuke has them."""

from pathlib import Path

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.core.slides.label_files.held import HeldLabels
from pipeline.core.slides.label_files.numbers import labels_of, whole
from pipeline.core.slides.label_source import Frame, LabelSource
from pipeline.core.slides.labelling import Labelling
from pipeline.core.slides.stack import read_array

MAP, STACK = 2, 3  # axes


def read_numpy(path: Path, labelling: Labelling, frame: Frame | None) -> LabelSource:
    """Labels of an array (y, x), or of one (y, x, channel) whose channels hold the ids of the objects of a class."""
    values = read_array(path)
    if values.ndim == MAP:
        return labels_of(values, labelling, path)
    if values.ndim == STACK:
        return _by_class(whole(values, path), labelling, path)
    raise SlideError(
        f"an array of {values.ndim} axes, expected y x x, or y x x x class",
        where=str(path),
        fix="save labels so; of many images of one size, as image x y x x x class",
    )


def _by_class(stack: np.ndarray, labelling: Labelling, path: Path) -> HeldLabels:
    """Channels are numbered from 1; one more than there are classes is the background. Later ones lie above."""
    channels, classes = stack.shape[2], len(labelling.classes)
    if not classes:
        raise SlideError(
            f"{channels} channels of classes without names",
            where=str(path),
            fix=f"name them in params.yaml: stains.{labelling.stain}.classes; the background may be one channel more",
        )
    numbers = np.arange(1, channels + 1, dtype=np.uint32)
    if not labelling.values and channels == classes + 1:
        numbers = numbers[:-1]
    kinds = labelling.mask(numbers, path)
    mask, instance = np.zeros(stack.shape[:2], np.uint8), np.zeros(stack.shape[:2], np.uint32)
    last = 0
    for number, kind in zip(numbers, kinds, strict=True):
        ids = stack[..., number - 1]
        if kind:
            here = ids > 0
            mask[here], instance[here] = kind, ids[here] + last
            last += int(ids.max(initial=0))
    return HeldLabels(path, mask, instance)
