"""Classes of tiles from annotated regions."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from skimage.draw import polygon

from pipeline.core.errors import SlideError
from pipeline.core.slides.area import box_means
from pipeline.tile.grid import Grid

NONE = -1
FINENESS = 16  # pixels of the label map along a tile's side,
PIXELS = 1 << 24  # unless that makes more of them than this


def read_annotations(path: Path) -> dict[str, list[list[np.ndarray]]]:
    """Reads GeoJSON as QuPath writes it: class name to polygons, each a list of rings, the first its outline.

    Rings are float64 (corner, 2), x and y in level-0 pixels. Features without a class are left out.

    Raises:
        SlideError: The file is no GeoJSON.
    """
    try:
        content = json.loads(path.read_text())
        found: dict[str, list[list[np.ndarray]]] = {}
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


def _polygons(geometry: dict[str, Any]) -> Iterator[list[np.ndarray]]:
    kind = geometry["type"]
    if kind == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from _polygons(part)
    elif kind in ("Polygon", "MultiPolygon"):
        for rings in [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]:
            if rings:  # an empty polygon is valid GeoJSON
                yield [np.asarray(ring, np.float64)[:, :2] for ring in rings]


def tile_labels(
    annotations: dict[str, list[list[np.ndarray]]], grid: Grid, *, width: int, height: int, min_label: float
) -> tuple[list[str], np.ndarray]:
    """Gives each tile the class that covers most of it.

    Args:
        annotations: See :func:`read_annotations`.
        grid: The tiles.
        width: Of the image, level-0 pixels.
        height: Of the image, level-0 pixels.
        min_label: Least share of the tile that the class must cover.

    Returns:
        Class names, sorted, and int16 (tile,): index into them, -1 where no class covers enough.
    """
    names = sorted(annotations)
    shares = np.zeros((len(names) + 1, len(grid.xy)))  # the last row keeps argmax defined where there is no class
    for row, name in enumerate(names):
        shares[row] = share_within([annotations[name]], grid, width=width, height=height)
    best = shares.argmax(0)
    share = np.take_along_axis(shares, best[None], 0)[0]
    return names, np.where((share >= min_label) & (share > 0), best, NONE).astype(np.int16)


def share_within(classes: list[list[list[np.ndarray]]], grid: Grid, *, width: int, height: int) -> np.ndarray:
    """The share of each tile that lies within regions of any of these classes: float64 (tile,).

    Args:
        classes: Polygons of each, see :func:`read_annotations`.
        grid: The tiles.
        width: Of the image, level-0 pixels.
        height: Of the image, level-0 pixels.
    """
    scale = max(1.0, grid.side / FINENESS, (width * height / PIXELS) ** 0.5)
    shape = (int(np.ceil(height / scale)), int(np.ceil(width / scale)))
    return box_means(_filled([rings for polygons in classes for rings in polygons], shape, scale), grid.boxes(scale))


def _filled(polygons: list[list[np.ndarray]], shape: tuple[int, int], scale: float) -> np.ndarray:
    """Pixels whose centre lies in a polygon and in none of its holes: bool of ``shape``."""
    total = np.zeros(shape, bool)
    for outline, *holes in polygons:
        mask = np.zeros(shape, bool)
        for ring, value in ((outline, True), *((hole, False) for hole in holes)):
            rows, columns = polygon(ring[:, 1] / scale - 0.5, ring[:, 0] / scale - 0.5, shape)
            mask[rows, columns] = value
        total |= mask
    return total
