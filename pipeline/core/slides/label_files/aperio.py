"""Outlines of objects in XML, as Aperio ImageScope writes them: MoNuSeg, and MoNuSAC, which names classes."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from pipeline.core.slides.base import decoding
from pipeline.core.slides.label_files.outlines import labels_of_outlines
from pipeline.core.slides.label_source import Frame, LabelSource
from pipeline.core.slides.labelling import Labelling
from pipeline.core.slides.outlines import Outline, ring_of

NO_CLASS = ("", "Description")  # names of attributes that every annotation has
CORNERS = 3  # of an outline, at least; rulers and arrows have two
NEGATIVE = "1"


def read_aperio(path: Path, labelling: Labelling, frame: Frame | None) -> LabelSource:
    """Labels of the regions; the class is the name of their annotation, else of its first attribute."""
    with decoding(path, "read the outlines"):
        root = ElementTree.parse(path).getroot()  # noqa: S314 - expat resolves no file and bounds what entities grow to
        if root.tag != "Annotations":
            raise ValueError(f"XML of {root.tag!r}, expected 'Annotations'")
        outlines = [outline for layer in root.iter("Annotation") for outline in _outlines(layer)]
    return labels_of_outlines(outlines, labelling, frame, path)


def _outlines(layer: ElementTree.Element) -> Iterator[Outline]:
    attributes = [item.get("Name", "") for item in layer.iterfind("Attributes/Attribute")]
    names = (name.strip() for name in (layer.get("Name", ""), *attributes))
    name = next((name for name in names if name not in NO_CLASS), "")
    holes: list[np.ndarray] = []
    found: list[np.ndarray] = []
    for region in layer.iter("Region"):
        corners = [(float(item.attrib["X"]), float(item.attrib["Y"])) for item in region.iter("Vertex")]
        if len(corners) >= CORNERS:
            (holes if region.get("NegativeROA") == NEGATIVE else found).append(ring_of(corners))
    for ring in found:
        low, high = ring.min(0), ring.max(0)
        own = [hole for hole in holes if (hole.min(0) >= low).all() and (hole.max(0) <= high).all()]
        yield Outline(name, [[ring, *own]])
