"""Outlines of objects to labels."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from skimage.draw import polygon

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import check_size
from pipeline.core.slides.label_files.held import HeldLabels
from pipeline.core.slides.label_source import Frame
from pipeline.core.slides.labelling import Labelling
from pipeline.core.slides.outlines import Outline, Rings


def labels_of_outlines(
    outlines: Sequence[Outline], labelling: Labelling, frame: Frame | None, path: Path
) -> HeldLabels:
    """The pixels whose centres lie in outlines; where two overlap, those of the later one.

    Args:
        outlines: In level-0 pixels of the image that they are of; the id of each is its place, from 1.
        labelling: What the study says of them.
        frame: That image; without, it reaches as far as they do.
        path: Where they come from.

    Raises:
        SlideError: A class is not known, or outlines lie beside the image.
    """
    kinds = np.array([0, *(labelling.named(outline.name, path) for outline in outlines)], np.uint8)
    width, height = frame.size if frame and frame.size else _reach(outlines)
    check_size(path, width, height)
    instance, beside = np.zeros((height, width), np.uint32), 0
    for number, outline in enumerate(outlines, 1):
        drawn = [_draw(instance, rings, number) for rings in outline.polygons]
        beside += bool(drawn) and not any(drawn)
    if beside:
        raise SlideError(
            f"{beside} of {len(outlines)} outlines lie beside the image of {width} x {height} px",
            where=str(path),
            fix="take the outlines of this very image, in pixels of its full resolution",
        )
    return HeldLabels(path, kinds[instance], instance, sized=False)


def _reach(outlines: Sequence[Outline]) -> tuple[int, int]:
    """Width and height that hold all corners."""
    corners = [rings[0].max(0) for outline in outlines for rings in outline.polygons]
    width, height = np.maximum(np.ceil(np.max(corners, axis=0, initial=0)), 1) if corners else (1, 1)
    return int(width), int(height)


def _draw(instance: np.ndarray, rings: Rings, number: int) -> bool:
    """Gives the pixels within an outline, and in none of its holes, their number; false where it lies beside."""
    outline, *holes = rings
    low, high = np.floor(outline.min(0)).astype(int), np.ceil(outline.max(0)).astype(int) + 1
    left, top = np.maximum(low, 0)
    here = instance[top : max(0, high[1]), left : max(0, high[0])]
    if not here.size:
        return False
    inside = np.zeros(here.shape, bool)
    for ring, value in ((outline, True), *((hole, False) for hole in holes)):
        rows, columns = polygon(ring[:, 1] - 0.5 - top, ring[:, 0] - 0.5 - left, here.shape)
        inside[rows, columns] = value
    here[inside] = number
    return True
