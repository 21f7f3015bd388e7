"""Outlines of objects as files hold them: GeoJSON as QuPath writes it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.core.errors import SlideError

AXES = 2  # of a ring: corner, place
NOWHERE = {"type": "GeometryCollection", "geometries": []}  # what a feature without a place is
Rings = list[np.ndarray]  # of a polygon, its outline first: float64 (corner, 2), x and y in level-0 pixels


@dataclass(frozen=True)
class Outline:
    """One object.

    Args:
        name: Of its class; empty where it has none.
        polygons: That it is made of.
    """

    name: str
    polygons: list[Rings]


def read_geojson(path: Path) -> list[Outline]:
    """The features of a GeoJSON file, in its order.

    Raises:
        SlideError: The file is no GeoJSON.
    """
    try:
        content = json.loads(path.read_text())
        return [Outline(_class_name(item), list(_polygons(item["geometry"] or NOWHERE))) for item in _features(content)]
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise SlideError(
            f"not GeoJSON of polygons: {error!r}", where=str(path), fix="export it from QuPath as a FeatureCollection"
        ) from error


def _features(content: Any) -> list[dict[str, Any]]:
    """Those of a FeatureCollection; a bare list of features or a single one will do."""
    features = content.get("features", [content]) if isinstance(content, dict) else content
    for feature in features:
        if not isinstance(feature, dict) or not isinstance(feature.get("geometry", ""), dict | None):
            raise TypeError(f"a feature must be an object with a geometry, not {str(feature)[:60]}")
    return list(features)


def _class_name(feature: dict[str, Any]) -> str:
    """QuPath 0.2 and later write ``classification``; other tools a plain ``name`` or ``class``."""
    properties = feature.get("properties") or {}
    classification = properties.get("classification")
    if isinstance(classification, dict):
        names = classification.get("names")
        classification = classification.get("name") or (": ".join(names) if names else None)
    else:
        classification = classification or properties.get("class") or properties.get("name")
    return "" if classification is None else str(classification)


def _polygons(geometry: dict[str, Any]) -> Iterator[Rings]:
    kind = geometry["type"]
    if kind == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from _polygons(part)
    elif kind in ("Polygon", "MultiPolygon"):
        for rings in [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]:
            if rings:  # an empty polygon is valid GeoJSON
                yield [ring_of(ring) for ring in rings]


def ring_of(corners: Any) -> np.ndarray:
    """A ring of places that a file names: float64 (corner, 2); raises ValueError where they are none."""
    ring = np.asarray(corners, np.float64)
    if ring.ndim != AXES or ring.shape[1] < 2 or not len(ring) or not np.isfinite(ring).all():
        raise ValueError(f"a ring must be of corners with x and y, not {str(corners)[:60]}")
    return ring[:, :2]
