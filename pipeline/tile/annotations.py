"""Annotated regions of a slide: GeoJSON as QuPath writes it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.errors import SlideError

Rings = list[np.ndarray]  # of a polygon, its outline first: float64 (corner, 2), x and y in level-0 pixels
Regions = dict[str, list[Rings]]  # class name to polygons


def slide_regions(annotations: str, *, images: int) -> Regions:
    """The regions of a slide's annotations; none where it has no such file.

    Args:
        annotations: The file, or empty.
        images: Of the slide; annotations are of one.

    Raises:
        SlideError: The slide has several images, or the file is no GeoJSON.
    """
    if annotations and images > 1:
        raise SlideError(
            f"annotations of one image for a slide of {images}",
            where=annotations,
            fix="use the column 'label', or give each image a row",
        )
    return read_annotations(Path(annotations)) if annotations else {}


def read_annotations(path: Path) -> Regions:
    """Reads GeoJSON; features without a class are left out.

    Raises:
        SlideError: The file is no GeoJSON.
    """
    try:
        content = json.loads(path.read_text())
        found: Regions = {}
        for feature in _features(content):
            name = _class_name(feature)
            if name:
                found.setdefault(name, []).extend(_polygons(feature["geometry"]))
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise SlideError(
            f"not GeoJSON of polygons: {error!r}", where=str(path), fix="export it from QuPath as a FeatureCollection"
        ) from error
    return found


def _features(content: Any) -> list[dict[str, Any]]:
    """Those of a FeatureCollection; a bare list of features or a single one will do."""
    features = content.get("features", [content]) if isinstance(content, dict) else content
    for feature in features:
        if not isinstance(feature, dict) or not isinstance(feature.get("geometry"), dict):
            raise TypeError(f"a feature must be an object with a geometry, not {str(feature)[:60]}")
    return list(features)


def _class_name(feature: dict[str, Any]) -> str | None:
    """QuPath 0.2 and later write ``classification``; other tools a plain ``name`` or ``class``."""
    properties = feature.get("properties") or {}
    classification = properties.get("classification")
    if isinstance(classification, dict):
        names = classification.get("names")
        classification = classification.get("name") or (": ".join(names) if names else None)
    else:
        classification = classification or properties.get("class") or properties.get("name")
    return None if classification is None else str(classification)


def _polygons(geometry: dict[str, Any]) -> Iterator[Rings]:
    kind = geometry["type"]
    if kind == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from _polygons(part)
    elif kind in ("Polygon", "MultiPolygon"):
        for rings in [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]:
            if rings:  # an empty polygon is valid GeoJSON
                yield [np.asarray(ring, np.float64)[:, :2] for ring in rings]
