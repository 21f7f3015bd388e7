"""Outlines of objects in GeoJSON, as QuPath exports them; the name of a classification is that of a class."""

from pathlib import Path

from pipeline.core.slides.label_files.outlines import labels_of_outlines
from pipeline.core.slides.label_source import Frame, LabelSource
from pipeline.core.slides.labelling import Labelling
from pipeline.core.slides.outlines import read_geojson


def read_qupath(path: Path, labelling: Labelling, frame: Frame | None) -> LabelSource:
    """Labels of the polygons of a GeoJSON file; features without one, such as points, are left out."""
    outlines = [outline for outline in read_geojson(path) if outline.polygons]
    return labels_of_outlines(outlines, labelling, frame, path)
