"""Outlines of objects to labels."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.core.errors import SlideError
from pipeline.core.slides.base import check_size
from pipeline.core.slides.label_files.drawn import DrawnLabels
from pipeline.core.slides.label_source import Frame
from pipeline.core.slides.labelling import Labelling
from pipeline.core.slides.outlines import Outline


def labels_of_outlines(
    outlines: Sequence[Outline], labelling: Labelling, frame: Frame | None, path: Path
) -> DrawnLabels:
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
    labels = DrawnLabels(path, outlines, kinds, width, height)
    if labels.beside:
        raise SlideError(
            f"{labels.beside} of {len(outlines)} outlines lie beside the image of {width} x {height} px",
            where=str(path),
            fix="take the outlines of this very image, in pixels of its full resolution",
        )
    return labels


def _reach(outlines: Sequence[Outline]) -> tuple[int, int]:
    """Width and height that hold all corners."""
    corners = [rings[0].max(0) for outline in outlines for rings in outline.polygons]
    width, height = np.maximum(np.ceil(np.max(corners, axis=0, initial=0)), 1) if corners else (1, 1)
    return int(width), int(height)
